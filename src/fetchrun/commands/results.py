"""Results: what went where, why, and where to look, as a table."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from fetchrun.commands.tables import table
from fetchrun.summary import Counts, Summary, Way

_KEPT = {"discarded": "trash", "quarantined": "quarantine", "failed": "nobody"}


def destinations(summaries: Iterable[Summary], state: Path) -> str:
    """A row for each place that got mail, the busiest first; then what stayed on the servers, and why."""
    summaries = tuple(summaries)
    counts = _together(summaries)
    columns = ("messages", "to", "found in", "rule", f"where to look, below {near(state)}")
    asked = any(each.trouble is None for each in summaries)
    lines = [table(columns, _rows(counts, state))] if counts.ways else ["nothing new"] if asked else []
    lines += [f"{each.account.name}: {count} × {why}" for each in summaries for why, count in each.left.most_common()]
    lines += [f"{each.account.name}: deferred: {why}" for each in summaries for why in each.counts.reasons]
    return "\n".join(lines)


def _together(summaries: Iterable[Summary]) -> Counts:
    counts = Counts()
    for each in summaries:
        counts.ways.update(each.counts.ways)
        counts.doubles.update(each.counts.doubles)
    return counts


def _rows(counts: Counts, state: Path) -> Iterator[tuple[str, ...]]:
    places: dict[tuple[str, str], Counter[Way]] = {}
    for way, count in counts.ways.items():
        places.setdefault((_named(way), way.end), Counter())[way] = count
    for (to, end), some in sorted(places.items(), key=lambda pair: (-pair[1].total(), pair[0])):
        doubles = sum(counts.doubles[way] for way in some)
        said = f"{some.total() - doubles}" + (f" (+{doubles} double)" if doubles else "")
        yield said, to, ", ".join(_busiest(some, lambda way: [way.source])), _lines(some), _below(end, state)


def _named(way: Way) -> str:
    return ", ".join(way.addresses) if way.fate == "delivered" else _KEPT[way.fate]


def _busiest(ways: Counter[Way], words: Callable[[Way], Iterable[str]]) -> list[str]:
    found = Counter[str]()
    for way, count in ways.items():
        for word in words(way):
            found[word] += count
    return [word for word, _ in found.most_common()]


def _lines(ways: Counter[Way]) -> str:
    """`company.sort:21, 8, 4`: the rules of each file by their lines, the busiest first."""
    lines: dict[str, list[str]] = {}
    for rule in _busiest(ways, lambda way: way.rule.split(",")):
        file, _, line = rule.rpartition(":")
        lines.setdefault(Path(file).name, []).append(line)
    return " ".join(f"{file}:{', '.join(some)}" if file else "no rule" for file, some in lines.items())


def _below(place: str, state: Path) -> str:
    return str(Path(place).relative_to(state)) if Path(place).is_relative_to(state) else place


def near(path: Path) -> str:
    """As short as it can be said from here."""
    return min(str(path), os.path.relpath(path), key=len)
