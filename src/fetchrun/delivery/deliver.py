"""Deliver: retrieved messages to their places, into Maildirs exactly once."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from io import FileIO
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.dispatch import Dispatch, Trip
from fetchrun.delivery.handover import Handed, hand_over
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.load import Load
from fetchrun.delivery.outcome import Deferred, Delivered, Deposit, Discarded, Outcome, Quarantined
from fetchrun.delivery.publish import flushed, publish
from fetchrun.delivery.staging import Parcel, Staging
from fetchrun.delivery.stamp import quarantine_lines
from fetchrun.delivery.target import Unusable, ending
from fetchrun.delivery.targets.maildir import Draft, draft, file_name, linked, withdraw
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.records import Posting, Settled, Staged

NOT_YET = "not handed on yet"


def begin(
    letter: Letter,
    copies: Sequence[Copy],
    first_seen: float,
    kept: bool = False,
    fallback: tuple[Copy, ...] = (),
    spool: Path | None = None,
) -> Staging:
    """Opens a file for the first of `copies` (at least one) and writes its stamp. Raises Trouble.

    `first_seen` in Unix seconds, at a retry the same as before; `kept`: never to be removed from the server. A Maildir
    that cannot be used only defers its own copy. `fallback`: what is to be made if a copy is refused for good; `spool`:
    the folder where a message waits that goes to no Maildir, without a name.
    """
    return Staging(letter, copies, first_seen, kept, fallback, spool)


def settle(
    parcels: Sequence[Parcel], ledger: Ledger, now: float, dispatch: Dispatch | None = None
) -> tuple[Outcome, ...]:
    """Group commit: flushes files, then `tmp/`, promises, renames, flushes `new/`, records; then hands on what goes
    elsewhere. An Outcome for each parcel.

    Raises Trouble; then every copy is either promised, for `recover` to end, or as if it had never been retrieved.
    """
    lots = [_Lot(parcel) for parcel in parcels]
    try:
        _spread(lots, ledger, now)
        _published(lots, ledger, now)
        _handed_on(lots, ledger, now, dispatch or Dispatch())
        return tuple(map(_outcome, lots))
    finally:
        for lot in lots:
            lot.close()


def abandon(parcels: Iterable[Parcel]) -> None:
    """These are not to be settled: their files go again."""
    for each in parcels:
        if each.draft:
            withdraw(each.draft)
        elif each.file:
            each.file.close()


class _Lot:
    """What becomes of one parcel while it is settled."""

    def __init__(self, parcel: Parcel) -> None:
        self.parcel = parcel
        self.drafts: list[tuple[Copy, Draft]] = [(parcel.first, parcel.draft)] if parcel.first and parcel.draft else []
        self.errands: list[Copy] = []
        self.pending = False
        self.failed: tuple[tuple[int, str], ...] = ()
        self.deposits: list[Deposit] = []
        self.duplicates: list[Copy] = []
        self.owed = [why for _, why in parcel.refused]
        self.source = parcel.file
        if parcel.draft and not all(each.place.maildir for each in parcel.rest):
            # Stays readable when the draft is closed, and when a mail reader takes the file away.
            self.source = FileIO(os.dup(parcel.draft.file.fileno()), "rb")

    def load(self) -> Load:
        """The message, to be handed on."""
        assert self.source
        return Load(
            self.parcel.letter,
            self.source,
            self.parcel.offset,
            self.parcel.octets,
            self.parcel.spool,
            self.parcel.remembered,
        )

    def close(self) -> None:
        """The file is read no more."""
        if self.source and not (self.parcel.draft and self.source is self.parcel.draft.file):
            self.source.close()


def _spread(lots: Sequence[_Lot], ledger: Ledger, now: float) -> None:
    """A file for every copy that needs one. Mail that went there before, or goes there in this batch, needs none."""
    taken: set[tuple[bytes, str]] = set()
    try:
        for lot in lots:
            done = ledger.settled(lot.parcel.letter)
            for copy in _wanted(lot.parcel, done):
                _placed(lot, copy, done, taken, ledger, now)
            _only(lot)
    except BaseException:
        _withdrawn(lots)
        raise


def _placed(
    lot: _Lot, copy: Copy, done: Mapping[str, Settled], taken: set[tuple[bytes, str]], ledger: Ledger, now: float
) -> None:
    name, identity = str(copy.place), lot.parcel.identity
    if name in done:
        if done[name].fate != "failed":
            lot.deposits.append(Deposit(copy, done[name].name, "delivered before"))
    elif copy.place.maildir is None:
        lot.errands.append(copy)
        lot.pending = True
    elif identity is not None and (
        (identity, name) in taken or ledger.has(identity, copy.place, now - lot.parcel.remembered)
    ):
        lot.duplicates.append(copy)
    elif _copied(lot, copy) and identity is not None:
        taken.add((identity, name))


def _wanted(parcel: Parcel, done: Mapping[str, Settled]) -> tuple[Copy, ...]:
    """What was refused before is made up for by the fallback."""
    copies = (parcel.first, *parcel.rest) if parcel.first else parcel.rest
    failed = any(each.fate == "failed" for each in done.values())
    return (*copies, *_new(parcel.fallback, copies)) if failed else copies


def _new(fallback: Iterable[Copy], copies: Iterable[Copy]) -> list[Copy]:
    there = {each.place for each in copies}
    return [each for each in fallback if each.place not in there]


def _copied(lot: _Lot, copy: Copy) -> bool:
    """Whether the copy has its file now: the first has it already."""
    parcel = lot.parcel
    if copy is parcel.first:
        return True
    name = file_name(parcel.letter, copy.maildir, parcel.first_seen)
    if parcel.draft and parcel.first and copy.stamp == parcel.first.stamp:
        same = linked(parcel.draft, copy.maildir, name)
        if same:
            lot.drafts.append((copy, same))
            return True
    try:
        made = draft(copy.maildir, name)
    except Unusable as why:
        lot.owed.append(why.sentence)
        return False
    lot.drafts.append((copy, made))
    assert lot.source
    try:
        durable.write(made.file, copy.stamp)
        durable.append(lot.source, parcel.offset, made.file)
        durable.confirm(made.file, len(copy.stamp) + parcel.octets)
    except OSError as error:
        raise ending(error, copy.maildir) from error
    return True


def _only(lot: _Lot) -> None:
    """The first file goes again, if it served only to be copied from."""
    settled = {id(copy) for copy in (*lot.duplicates, *(each.copy for each in lot.deposits))}
    for copy, each in lot.drafts:
        if id(copy) in settled:
            withdraw(each)
    lot.drafts = [(copy, each) for copy, each in lot.drafts if id(copy) not in settled]


def _published(lots: Sequence[_Lot], ledger: Ledger, now: float) -> None:
    """From `tmp/` into `new/`, all together."""
    try:
        _flush(lots, now)
    except BaseException:
        _withdrawn(lots)
        raise
    staged = ledger.stage([_posting(lot) for lot in lots], now)
    published = publish([each for promised in staged for each in promised], ledger, now, arrived=lambda _: False)
    lost = {each.key: "a staged file vanished before it was delivered" for each in published.doubtful}
    late = published.waiting | lost
    for lot, promised in zip(lots, staged, strict=True):
        _noted(lot, promised, published.names, late)


def _flush(lots: Sequence[_Lot], now: float) -> None:
    """Every file, then every `tmp/`, reaches the disk; a Maildir that cannot be flushed is owed its copies."""
    try:
        for lot in lots:
            _dated(lot, now)
        durable.flush_files(each.file for lot in lots for _, each in lot.drafts)
        for lot in lots:
            for _, each in lot.drafts:
                each.file.close()
    except OSError as error:
        raise ending(error, error.filename or "new mail") from error
    unflushed = flushed(each.maildir / "tmp" for lot in lots for _, each in lot.drafts)
    for lot in lots:
        _without(lot, unflushed)


def _without(lot: _Lot, unflushed: dict[Path, str]) -> None:
    """Nothing is promised in a Maildir whose `tmp/` was not flushed, nor that mail came there in another message."""
    lost = [each for _, each in lot.drafts if each.maildir / "tmp" in unflushed]
    for each in lost:
        withdraw(each)
    places = [*(each.maildir for each in lost), *(copy.maildir for copy in lot.duplicates)]
    lot.owed += [unflushed[each / "tmp"] for each in places if each / "tmp" in unflushed]
    lot.drafts = [(copy, each) for copy, each in lot.drafts if each.maildir / "tmp" not in unflushed]
    lot.duplicates = [copy for copy in lot.duplicates if copy.maildir / "tmp" not in unflushed]


def _dated(lot: _Lot, now: float) -> None:
    """A reader shows the file's time as that of the mail."""
    if lot.parcel.letter.received is not None:
        for _, each in lot.drafts:
            os.utime(each.file.fileno(), (now, lot.parcel.letter.received))


def _posting(lot: _Lot) -> Posting:
    parcel = lot.parcel
    staged = tuple((copy, each.name) for copy, each in lot.drafts)
    return Posting(
        *(parcel.letter, parcel.first_seen, parcel.sha256, parcel.octets, staged),
        duplicates=tuple(lot.duplicates),
        identity=parcel.identity,
        owed="; ".join([*lot.owed, *([NOT_YET] if lot.errands else [])]),
        kept=parcel.kept,
        failed=lot.failed,
        pending=lot.pending,
    )


def _noted(lot: _Lot, promised: Sequence[Staged], names: dict[int, str], late: dict[int, str]) -> None:
    """What was published is a deposit now, and what was not is owed."""
    pairs = zip(promised, lot.drafts, strict=True)
    lot.deposits += [Deposit(copy, names[each.key]) for each, (copy, _) in pairs if each.key in names]
    lot.deposits += [Deposit(copy, "", "duplicate") for copy in lot.duplicates]
    lot.owed += [late[each.key] for each in promised if each.key in late]
    lot.drafts, lot.duplicates = [], []


def _handed_on(lots: Sequence[_Lot], ledger: Ledger, now: float, dispatch: Dispatch) -> None:
    errands = [lot for lot in lots if lot.errands]
    if not errands:
        return
    with dispatch.trip(now) as trip:
        for lot in errands:
            handed = _handed(lot, ledger, now, trip)
            if handed.failed:
                _fallen_back(lot, handed, ledger, now, trip)
            ledger.owe(lot.parcel.letter, "; ".join(dict.fromkeys(lot.owed)), now)


def _handed(lot: _Lot, ledger: Ledger, now: float, trip: Trip) -> Handed:
    handed = hand_over(lot.load(), lot.errands, lot.parcel.identity, trip, ledger, now)
    lot.deposits += handed.deposits
    lot.owed += handed.waiting
    lot.errands = []
    return handed


def _fallen_back(lot: _Lot, handed: Handed, ledger: Ledger, now: float, trip: Trip) -> None:
    """What was refused for good goes into quarantine, with the reason, and to the catch-all; nobody gets a bounce.

    The refusals and the promise of those copies are one transaction. A catch-all that is refused too has the
    quarantine already.
    """
    reasons = [f"{verdict.copy.addresses[0]}: {verdict.why}" for _, verdict in handed.failed]
    copies = (lot.parcel.first, *lot.parcel.rest) if lot.parcel.first else lot.parcel.rest
    done = ledger.settled(lot.parcel.letter)
    try:
        for each in _new(lot.parcel.fallback, copies):
            _placed(lot, _explained(each, reasons), done, set(), ledger, now)
    except BaseException:
        _withdrawn([lot])
        raise
    lot.failed = tuple((key, verdict.why) for key, verdict in handed.failed)
    _published([lot], ledger, now)
    if lot.errands:
        again = _handed(lot, ledger, now, trip)
        lot.failed = tuple((key, verdict.why) for key, verdict in again.failed)
        if lot.failed:
            ledger.stage([_posting(lot)], now)


def _explained(copy: Copy, reasons: Iterable[str]) -> Copy:
    if copy.fate != "quarantined":
        return copy
    return replace(copy, stamp=copy.stamp + quarantine_lines(reasons))


def _outcome(lot: _Lot) -> Outcome:
    letter, deposits = lot.parcel.letter, tuple(lot.deposits)
    if lot.owed:
        return Deferred(letter, deposits, "; ".join(dict.fromkeys(lot.owed)))
    if any(each.copy.fate == "quarantined" for each in deposits):
        return Quarantined(letter, deposits)
    if all(each.copy.fate == "discarded" for each in deposits):
        return Discarded(letter, deposits)
    return Delivered(letter, deposits)


def _withdrawn(lots: Iterable[_Lot]) -> None:
    for lot in lots:
        for _, each in lot.drafts:
            withdraw(each)
