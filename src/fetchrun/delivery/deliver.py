"""Deliver: retrieved messages to their places, into Maildirs exactly once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.dispatch import Dispatch, Trip
from fetchrun.delivery.folder import steadily
from fetchrun.delivery.handover import Handed, hand_over
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.lot import Lot
from fetchrun.delivery.outcome import Outcome
from fetchrun.delivery.promise import promise
from fetchrun.delivery.spread import place, spread
from fetchrun.delivery.staging import Parcel, Staging
from fetchrun.delivery.stamp import quarantine_lines
from fetchrun.memory.ledger import Ledger


def begin(
    letter: Letter,
    copies: Sequence[Copy],
    first_seen: float,
    kept: bool = False,
    fallback: tuple[Copy, ...] = (),
    spool: Path | None = None,
    resting: Callable[[str], str] = lambda end: "",
) -> Staging:
    """A message that is to become `copies`, at least one.

    `first_seen` in Unix seconds, at a retry the same as before; `kept`: never to be removed from the server. A Maildir
    that cannot be used only defers its own copy. `fallback`: what is to be made if a copy is refused for good; `spool`:
    the folder where a message waits that goes to no Maildir, without a name; `resting`: why an end is left alone now.
    """
    return Staging(letter, copies, first_seen, kept, fallback, spool, resting)


def settle(
    parcels: Sequence[Parcel], ledger: Ledger, now: float, dispatch: Dispatch | None = None
) -> tuple[Outcome, ...]:
    """Group commit: flushes files, then `tmp/`, promises, renames, flushes `new/`, records; then hands on what goes
    elsewhere. An Outcome for each parcel.

    Raises Trouble; then every copy is either promised, for `recover` to end, or as if it had never been retrieved.
    """
    dispatch = dispatch or Dispatch()
    lots = [Lot(parcel) for parcel in parcels]
    try:
        with steadily():
            spread(lots, ledger, dispatch, now)
            promise(lots, ledger, dispatch, now)
        _rested(lots, dispatch, now)
        _handed_on(lots, ledger, now, dispatch)
        return tuple(lot.outcome() for lot in lots)
    finally:
        for lot in lots:
            lot.close()


def finished(stagings: Sequence[Staging]) -> list[Parcel]:
    """Messages that have come whole, each with its file. Raises Trouble; then none of them has one."""
    try:
        with steadily():
            return [each.finish() for each in stagings]
    except BaseException:
        for each in stagings:
            each.abandon()
        raise


def _rested(lots: Iterable[Lot], dispatch: Dispatch, now: float) -> None:
    """A Maildir that took nothing is left alone for a while, as every other end is."""
    for lot in lots:
        for each in lot.deposits:
            dispatch.took(each.copy.place.end)
        for maildir, why in lot.refused:
            if not dispatch.resting(str(maildir), now):
                dispatch.refused(str(maildir), why, now)


def _handed_on(lots: Sequence[Lot], ledger: Ledger, now: float, dispatch: Dispatch) -> None:
    errands = [lot for lot in lots if lot.errands]
    if not errands:
        return
    with dispatch.trip(now) as trip:
        for lot in errands:
            handed = _handed(lot, ledger, now, trip)
            if handed.failed:
                _fallen_back(lot, handed, ledger, dispatch, now, trip)
            ledger.owe(lot.parcel.letter, "; ".join(dict.fromkeys(lot.owed)), now)


def _handed(lot: Lot, ledger: Ledger, now: float, trip: Trip) -> Handed:
    handed = hand_over(lot.load(), lot.errands, lot.parcel.identity, trip, ledger, now)
    lot.deposits += handed.deposits
    lot.owed += handed.waiting
    lot.errands = []
    return handed


def _fallen_back(lot: Lot, handed: Handed, ledger: Ledger, dispatch: Dispatch, now: float, trip: Trip) -> None:
    """What was refused for good goes into quarantine, with the reason, and to the catch-all; nobody gets a bounce.

    The refusals and the promise of those copies are one transaction. A catch-all that is refused too has the
    quarantine already.
    """
    reasons = [f"{verdict.copy.addresses[0]}: {verdict.why}" for _, verdict in handed.failed]
    (done,) = ledger.settled(lot.parcel.letter)
    try:
        for each in lot.fallback():
            place(lot, _explained(each, reasons), done, ledger, dispatch, now)
    except BaseException:
        lot.withdraw()
        raise
    lot.failed = tuple((key, verdict.why) for key, verdict in handed.failed)
    promise([lot], ledger, dispatch, now)
    if lot.errands:
        again = _handed(lot, ledger, now, trip)
        lot.failed = tuple((key, verdict.why) for key, verdict in again.failed)
        if lot.failed:
            ledger.stage([lot.posting()], now)


def _explained(copy: Copy, reasons: Iterable[str]) -> Copy:
    if copy.fate != "quarantined":
        return copy
    return replace(copy, stamp=copy.stamp + quarantine_lines(reasons))
