"""The report: results/*.json become the tables and plots of docs/performance.md; the words between them stay."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from chart import Line, plotted
from fit import exponent, rising
from harness import RESULTS

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "plots"

Works = list[dict[str, Any]]


def main() -> None:
    """Fills every `<!-- FORM BENCH: WORK -->` of the page; `FORMS` says what forms there are."""
    PAGE.write_text(_BLOCK.sub(_filled, PAGE.read_text()))


_BLOCK = re.compile(r"<!-- ([a-z]+) ([a-z_]+)(?:: ([^>]*?))? -->\n(?:.*?\n)??<!-- end -->", re.DOTALL)


def _filled(found: re.Match[str]) -> str:
    kind, bench, about = found[1], found[2], found[3] or ""
    result = RESULTS / f"{bench}.json"
    if kind not in FORMS or not result.exists():
        return found[0]
    read = json.loads(result.read_text())
    works = [each for each in read["works"] if kind == "growth" or each["name"].startswith(about)]
    if kind != "machine" and not any(each["at"] is not None or kind != "plot" for each in works):
        return found[0]
    opening = found[0].splitlines()[0]
    return f"{opening}\n{FORMS[kind](read, about)}\n<!-- end -->"


def _table(read: dict[str, Any], about: str) -> str:
    """A row for each contender of the work; without one, the rates of all works beside each other."""
    works: Works = [each for each in read["works"] if not about or each["name"].startswith(about)]
    if len(works) != 1:
        return _side_by_side(works)
    (work,) = works
    best = max(row["rate"] for row in work["rows"])
    per = "1,000 " if work["unit"] != "polls" else ""
    lines = [f"| {work['name']} | {work['unit']}/s | of the best | CPU s for {per}{work['unit']} | peak memory, MB |"]
    lines.append("|---|---:|---:|---:|---:|")
    for row in work["rows"]:
        cost = row["cpu_per_unit"] * (1_000 if per else 1)
        rate, part, peak = _round(row["rate"]), row["rate"] / best, row["peak"] / 1e6
        lines.append(f"| {row['contender']} | {rate} | {part:.2f} | {cost:.2f} | {peak:.0f} |")
    return "\n".join(lines)


def _side_by_side(works: Works) -> str:
    lines = ["| | " + " | ".join(f"{work['name']}, {work['unit']}/s" for work in works) + " |"]
    lines.append("|---|" + "---:|" * len(works))
    for name in _names(works):
        rates = [next((_round(row["rate"]) for row in work["rows"] if row["contender"] == name), "") for work in works]
        lines.append(f"| {name} | {' | '.join(rates)} |")
    return "\n".join(lines)


def _costs(read: dict[str, Any], about: str) -> str:
    """Of the same works, processor time for a thousand units, and peak memory."""
    works: Works = [each for each in read["works"] if each["name"].startswith(about)]
    head = [f"{work['name']}, CPU s for 1,000 {work['unit']} | MB" for work in works]
    lines = [f"| | {' | '.join(head)} |", "|---|" + "---:|---:|" * len(works)]
    for name in _names(works):
        rows = [next((row for row in work["rows"] if row["contender"] == name), None) for work in works]
        cells = [f"{row['cpu_per_unit'] * 1_000:.2f} | {row['peak'] / 1e6:.0f}" if row else " | " for row in rows]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _growth(read: dict[str, Any], about: str) -> str:
    """Milliseconds of processor for one thing of each size, the exponent with which they grow at the end, a plot."""
    works: Works = read["works"]
    sizes = " | ".join(f"{work['at']:,}" for work in works)
    lines = [f"| {about}, CPU ms | {sizes} | exponent |", "|---|" + "---:|" * (len(works) + 1)]
    curves = [Line(name, tuple(_points(works, name, "cpu_per_unit", 1_000))) for name in _names(works)]
    for each in curves:
        known = dict(each.points)
        cells = [_round(known[work["at"]]) if work["at"] in known else "" for work in works]
        lines.append(f"| {each.name} | {' | '.join(cells)} | {_exponent(each.points)} |")
    return "\n".join([*lines, "", _drawn(read["bench"], about, curves, "CPU ms")])


def _exponent(points: Sequence[tuple[float, float]]) -> str:
    return f"{exponent(points):.2f}" if rising(points) else ""


def _plot(read: dict[str, Any], about: str) -> str:
    """The works whose names begin like that, over their place on the axis, a line for each contender."""
    works: Works = [each for each in read["works"] if each["name"].startswith(about) and each["at"] is not None]
    lines = [Line(name, tuple(_points(works, name, "rate"))) for name in _names(works)]
    return _drawn(read["bench"], about, lines, f"{works[0]['unit']}/s")


def _drawn(bench: str, about: str, lines: Sequence[Line], up: str) -> str:
    name = f"{bench}-{re.sub('[^a-z]+', '-', about.lower()).strip('-')}.svg"
    PLOTS.mkdir(exist_ok=True)
    (PLOTS / name).write_text(plotted(lines, about, up))
    return f"![{about}](plots/{name})"


def _names(works: Works) -> list[str]:
    return list(dict.fromkeys(row["contender"] for work in works for row in work["rows"]))


def _points(works: Works, name: str, what: str, unit: float = 1.0) -> Iterable[tuple[float, float]]:
    for work in works:
        for row in work["rows"]:
            if row["contender"] == name:
                yield work["at"], row[what] * unit


def _machine(read: dict[str, Any], _: str) -> str:
    machine = ", ".join(f"{name}: {value}" for name, value in read["machine"].items())
    versions = "; " * bool(read["versions"]) + ", ".join(f"{name} {value}" for name, value in read["versions"].items())
    part = "" if read.get("scale", 1.0) == 1.0 else f" With {read['scale']:g} of the messages."
    return f"Measured on {machine}{versions}.{part}"


def _round(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"


FORMS: dict[str, Callable[[dict[str, Any], str], str]] = {
    "table": _table,
    "costs": _costs,
    "growth": _growth,
    "plot": _plot,
    "machine": _machine,
}


if __name__ == "__main__":
    main()
