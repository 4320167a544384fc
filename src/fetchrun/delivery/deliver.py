"""Deliver: retrieved messages into their Maildirs, each copy exactly once."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.outcome import Deferred, Delivered, Deposit, Discarded, Outcome
from fetchrun.delivery.publish import flushed, publish
from fetchrun.delivery.staging import Parcel, Staging
from fetchrun.delivery.target import Unusable, ending
from fetchrun.delivery.targets.maildir import Draft, draft, file_name, withdraw
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.records import Posting, Staged


def begin(letter: Letter, copies: Sequence[Copy], first_seen: float, kept: bool = False) -> Staging:
    """Opens a file for the first of `copies` (at least one) and writes its stamp. Raises Trouble.

    `first_seen` in Unix seconds, at a retry the same as before; `kept`: never to be removed from the server. A Maildir
    that cannot be used only defers its own copy.
    """
    return Staging(letter, copies, first_seen, kept)


def settle(parcels: Sequence[Parcel], ledger: Ledger, now: float) -> tuple[Outcome, ...]:
    """Group commit: flushes files, then `tmp/`, promises, renames, flushes `new/`, records; an Outcome for each parcel.

    Raises Trouble; then every copy is either promised, for `recover` to end, or as if it had never been retrieved.
    """
    lots = [_Lot(parcel) for parcel in parcels]
    try:
        _spread(lots, ledger, now)
        _flush(lots, now)
    except BaseException:
        _withdrawn(each for lot in lots for _, each in lot.drafts)
        raise
    staged = ledger.stage([_posting(lot) for lot in lots], now)
    published = publish([each for promised in staged for each in promised], ledger, now, arrived=lambda _: False)
    lost = {each.key: "a staged file vanished before it was delivered" for each in published.doubtful}
    late = published.waiting | lost
    return tuple(_outcome(lot, promised, published.names, late) for lot, promised in zip(lots, staged, strict=True))


def abandon(parcels: Iterable[Parcel]) -> None:
    """These are not to be settled: their files go again."""
    _withdrawn(each.draft for each in parcels if each.draft)


class _Lot:
    """What becomes of one parcel while it is settled."""

    def __init__(self, parcel: Parcel) -> None:
        self.parcel = parcel
        self.drafts: list[tuple[Copy, Draft]] = [(parcel.first, parcel.draft)] if parcel.first and parcel.draft else []
        self.before: list[Deposit] = []
        self.duplicates: list[Copy] = []
        self.owed = [why for _, why in parcel.refused]


def _spread(lots: Sequence[_Lot], ledger: Ledger, now: float) -> None:
    """A file for every copy that needs one. Mail that went there before, or goes there in this batch, needs none."""
    taken: set[tuple[bytes, Path]] = set()
    for lot in lots:
        done = ledger.settled(lot.parcel.letter)
        for copy in _wanted(lot.parcel):
            mark = (lot.parcel.identity, copy.maildir) if lot.parcel.identity is not None else None
            if copy.maildir in done:
                lot.before.append(Deposit(copy, done[copy.maildir], "delivered before"))
            elif mark and (mark in taken or ledger.has(*mark, now)):
                lot.duplicates.append(copy)
            elif _copied(lot, copy) and mark:
                taken.add(mark)
        _only(lot, done)


def _wanted(parcel: Parcel) -> tuple[Copy, ...]:
    return (parcel.first, *parcel.rest) if parcel.first else parcel.rest


def _copied(lot: _Lot, copy: Copy) -> bool:
    """Whether the copy has its file now: the first has it already."""
    parcel = lot.parcel
    if copy is parcel.first:
        return True
    try:
        made = draft(copy.maildir, file_name(parcel.letter, copy.maildir, parcel.first_seen))
    except Unusable as why:
        lot.owed.append(why.sentence)
        return False
    lot.drafts.append((copy, made))
    assert parcel.draft and parcel.first
    try:
        durable.write(made.file, copy.stamp)
        durable.append(parcel.draft.file, len(parcel.first.stamp), made.file)
        durable.confirm(made.file, len(copy.stamp) + parcel.octets)
    except OSError as error:
        raise ending(error, copy.maildir) from error
    return True


def _only(lot: _Lot, done: object) -> None:
    """The first file goes again, if it served only to be copied from."""
    settled = {id(copy) for copy in (*lot.duplicates, *(each.copy for each in lot.before))}
    _withdrawn(each for copy, each in lot.drafts if id(copy) in settled)
    lot.drafts = [(copy, each) for copy, each in lot.drafts if id(copy) not in settled]


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
    _withdrawn(lost)
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
    content = (parcel.letter, parcel.first_seen, parcel.sha256, parcel.octets)
    return Posting(*content, staged, tuple(lot.duplicates), parcel.identity, "; ".join(lot.owed), parcel.kept)


def _outcome(lot: _Lot, promised: Sequence[Staged], names: dict[int, str], late: dict[int, str]) -> Outcome:
    pairs = list(zip(promised, lot.drafts, strict=True))
    fresh = [Deposit(copy, names[each.key]) for each, (copy, _) in pairs if each.key in names]
    deposits = (*lot.before, *fresh, *(Deposit(copy, "", "duplicate") for copy in lot.duplicates))
    owed = [*lot.owed, *(late[each.key] for each in promised if each.key in late)]
    if owed:
        return Deferred(lot.parcel.letter, deposits, "; ".join(dict.fromkeys(owed)))
    if all(each.copy.fate == "discarded" for each in deposits):
        return Discarded(lot.parcel.letter, deposits)
    return Delivered(lot.parcel.letter, deposits)


def _withdrawn(drafts: Iterable[Draft]) -> None:
    for each in drafts:
        withdraw(each)
