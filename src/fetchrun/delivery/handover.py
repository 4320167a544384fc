"""Handover: the copies of a message that somebody else takes over."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.dispatch import Trip
from fetchrun.delivery.letter import copy_id
from fetchrun.delivery.load import Load
from fetchrun.delivery.outcome import Deposit
from fetchrun.delivery.stamp import delivery_id
from fetchrun.delivery.verdict import Verdict
from fetchrun.memory.ledger import Ledger
from sortlang.frozen import frozen


@frozen
class Handed:
    """What came of it: copies that need nothing more, why others wait, and what was refused for good (by its key)."""

    deposits: tuple[Deposit, ...] = ()
    waiting: tuple[str, ...] = ()
    failed: tuple[tuple[int, Verdict], ...] = ()


def hand_over(
    load: Load, copies: Sequence[Copy], identity: bytes | None, trip: Trip, ledger: Ledger, now: float
) -> Handed:
    """Hands on every copy, each at least once. Before the first octet an ATTEMPT is written, and DONE at once after the
    other side has said that it has the copy: only in between can a crash make it come twice. Raises Trouble.
    """
    doubles = [
        each for each in copies if identity is not None and ledger.has(identity, each.place, now - load.remembered)
    ]
    deposits = [Deposit(each, "", "duplicate") for each in doubles]
    waiting: list[str] = []
    failed: list[tuple[int, Verdict]] = []
    for key, verdict in _verdicts(load, [each for each in copies if each not in doubles], identity, trip, ledger, now):
        if verdict.fate == "accepted":
            deposits.append(Deposit(verdict.copy, ""))
        elif verdict.fate == "deferred":
            waiting.append(verdict.why)
        else:
            failed.append((key, verdict))
    return Handed(tuple(deposits), tuple(waiting), tuple(failed))


def _verdicts(
    load: Load, copies: Iterable[Copy], identity: bytes | None, trip: Trip, ledger: Ledger, now: float
) -> Iterator[tuple[int, Verdict]]:
    for some in _together(load, copies):
        keys = dict(zip(map(id, some), ledger.attempt(load.letter, some, now), strict=True))
        for verdict in trip.hand(load, some):
            key = keys[id(verdict.copy)]
            if verdict.fate == "accepted":
                ledger.accepted(key, identity, now)
            elif verdict.fate == "deferred":
                ledger.put_off(key, verdict.why)
            yield key, verdict


def _together(load: Load, copies: Iterable[Copy]) -> list[list[Copy]]:
    """An LMTP server gets a message once for all recipients with the same stamp; everybody else once for each."""
    found: dict[tuple[str, str, bytes], list[Copy]] = {}
    for each in copies:
        marked = _marked(load, each)
        alone = "" if each.place.kind == "lmtp" else str(each.place)
        found.setdefault((each.place.door, alone, marked.stamp), []).append(marked)
    return list(found.values())


def _marked(load: Load, copy: Copy) -> Copy:
    """With the line that is the same at every try; not where nothing is to stand above the message."""
    end = copy.place.end if copy.place.kind == "lmtp" else str(copy.place)
    return replace(copy, stamp=copy.stamp + delivery_id(copy_id(load.letter, end))) if copy.stamp else copy
