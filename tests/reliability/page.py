"""Writes the tables of a Markdown page anew, from what the tests have recorded."""

import platform
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from reliability.results import Result, recorded

TABLE = re.compile(r"(?<=<!-- table: )([a-z-]+)( -->\n).*?(?=<!-- end of table -->)", re.DOTALL)
NUMBERS = ("points", "lost", "doubled", "partial")


def main(page: Path, folder: Path) -> None:
    """Each `<!-- table: SUITE -->` gets the results of that suite; one without results stays as it is."""
    page.write_text(written(page.read_text(), folder))


def written(text: str, folder: Path) -> str:
    """The page with its tables from the results in `folder`."""

    def anew(found: re.Match[str]) -> str:
        results = recorded(folder, found[1])
        return found[1] + found[2] + "\n" + table(results) + "\n" if results else found[0]

    return TABLE.sub(anew, text)


def table(results: Sequence[Result]) -> str:
    """A Markdown table: a row for each case, the sum at its foot, and where it was measured."""
    more = list(dict.fromkeys(heading for each in results for heading in each.figures))
    sums = (f"**{sum(getattr(each, name) for each in results)}**" for name in NUMBERS)
    rows = [
        ["case", *NUMBERS, *more, ""],
        ["---", *("--:" for _ in NUMBERS), *("--:" for _ in more), "---"],
        *(_row(each, more) for each in results),
        ["**all**", *sums, *("" for _ in more), "passed" if all(each.passed for each in results) else "FAILED"],
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows) + f"\n{_where()}\n"


def _row(result: Result, more: Sequence[str]) -> list[str]:
    numbers = [str(getattr(result, name)) for name in NUMBERS]
    figures = [str(result.figures.get(heading, "")) for heading in more]
    return [result.case.replace("|", "\\|"), *numbers, *figures, "passed" if result.passed else "FAILED"]


def _where() -> str:
    kernel = ".".join(platform.release().split(".")[:2])
    return f"Measured on {platform.system()} {kernel}, CPython {platform.python_version()}."


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
