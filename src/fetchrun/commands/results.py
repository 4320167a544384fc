"""Results: what went where, why, and where to look, as a table."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from fetchrun.commands.tables import table
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.outcome import Deferred, Deposit
from fetchrun.summary import Summary

COLUMNS = ("messages", "to", "found in", "rule", "where to look")


def destinations(summaries: Iterable[Summary], state: Path) -> str:
    """A row for each place that got mail, the busiest first; then what stayed on the servers, and why."""
    summaries = tuple(summaries)
    places = Counter(_place(each) for each in _deposits(summaries))
    lines = [table(COLUMNS, _rows(summaries))] if places else ["nothing new"]
    lines += [
        f"{each.account.name}: {count} × {why}" for each in summaries for why, count in Counter(each.left).most_common()
    ]
    lines += [f"{each.account.name}: deferred: {why}" for each in summaries for why in _owed(each)]
    return "\n".join(lines)


def _rows(summaries: Iterable[Summary]) -> Iterator[tuple[str, ...]]:
    deposits: dict[tuple[str, Path], list[Deposit]] = {}
    for each in _deposits(summaries):
        deposits.setdefault(_place(each), []).append(each)
    for (to, maildir), some in sorted(deposits.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        copies = [each.copy for each in some]
        doubles = sum(each.note == "duplicate" for each in some)
        count = f"{len(some) - doubles}" + (f" (+{doubles} double)" if doubles else "")
        yield (
            count,
            to,
            _counted(each.source for each in copies),
            _counted(each.rule or "no rule" for each in copies),
            near(maildir),
        )


def _place(deposit: Deposit) -> tuple[str, Path]:
    return _named(deposit.copy), deposit.copy.maildir


def _named(copy: Copy) -> str:
    return ", ".join(copy.addresses) if copy.fate == "delivered" else "trash"


def _deposits(summaries: Iterable[Summary]) -> Iterator[Deposit]:
    for each in summaries:
        for outcome in each.outcomes:
            yield from outcome.deposits


def _owed(summary: Summary) -> Iterator[str]:
    return (why for why in dict.fromkeys(each.reason for each in summary.outcomes if isinstance(each, Deferred)))


def _counted(words: Iterable[str]) -> str:
    """`X-Original-To 14, To 3`; a word that is alone needs no number."""
    counts = Counter(words).most_common()
    return counts[0][0] if len(counts) == 1 else ", ".join(f"{word} {count}" for word, count in counts)


def near(path: Path) -> str:
    """As short as it can be said from here."""
    return min(str(path), os.path.relpath(path), key=len)
