"""Results: what went where, why, and where to look, as a table."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from fetchrun.commands.tables import table
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.outcome import Deferred, Deposit
from fetchrun.summary import Summary

_KEPT = {"discarded": "trash", "quarantined": "quarantine", "failed": "nobody"}


def destinations(summaries: Iterable[Summary], state: Path) -> str:
    """A row for each place that got mail, the busiest first; then what stayed on the servers, and why."""
    summaries = tuple(summaries)
    places = Counter(_place(each) for each in _deposits(summaries))
    columns = ("messages", "to", "found in", "rule", f"where to look, below {near(state)}")
    lines = [table(columns, _rows(summaries, state))] if places else ["nothing new"]
    lines += [
        f"{each.account.name}: {count} × {why}" for each in summaries for why, count in Counter(each.left).most_common()
    ]
    lines += [f"{each.account.name}: deferred: {why}" for each in summaries for why in _owed(each)]
    return "\n".join(lines)


def _rows(summaries: Iterable[Summary], state: Path) -> Iterator[tuple[str, ...]]:
    deposits: dict[tuple[str, str], list[Deposit]] = {}
    for each in _deposits(summaries):
        deposits.setdefault(_place(each), []).append(each)
    for (to, place), some in sorted(deposits.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        found = ", ".join(_busiest(each.copy.source for each in some))
        yield _count(some), to, found, _lines(each.copy.rule for each in some), _below(place, state)


def _count(deposits: list[Deposit]) -> str:
    doubles = sum(each.note == "duplicate" for each in deposits)
    return f"{len(deposits) - doubles}" + (f" (+{doubles} double)" if doubles else "")


def _place(deposit: Deposit) -> tuple[str, str]:
    """Whose it is, and where to look: a path, or whoever it was handed on to."""
    return _named(deposit.copy), deposit.copy.place.end


def _named(copy: Copy) -> str:
    return ", ".join(copy.addresses) if copy.fate == "delivered" else _KEPT[copy.fate]


def _deposits(summaries: Iterable[Summary]) -> Iterator[Deposit]:
    for each in summaries:
        for outcome in each.outcomes:
            yield from outcome.deposits


def _owed(summary: Summary) -> Iterator[str]:
    return (why for why in dict.fromkeys(each.reason for each in summary.outcomes if isinstance(each, Deferred)))


def _busiest(words: Iterable[str]) -> list[str]:
    return [word for word, _ in Counter(words).most_common()]


def _lines(rules: Iterable[str]) -> str:
    """`company.sort:21, 8, 4`: the rules of each file by their lines, the busiest first."""
    lines: dict[str, list[str]] = {}
    for rule in _busiest(each for some in rules for each in some.split(",")):
        file, _, line = rule.rpartition(":")
        lines.setdefault(Path(file).name, []).append(line)
    return " ".join(f"{file}:{', '.join(some)}" if file else "no rule" for file, some in lines.items())


def _below(place: str, state: Path) -> str:
    return str(Path(place).relative_to(state)) if Path(place).is_relative_to(state) else place


def near(path: Path) -> str:
    """As short as it can be said from here."""
    return min(str(path), os.path.relpath(path), key=len)
