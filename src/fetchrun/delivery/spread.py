"""Spread: a file for every copy of a message that needs one."""

from collections.abc import Mapping, Sequence

from fetchrun.delivery import durable
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.dispatch import Dispatch
from fetchrun.delivery.lot import Lot
from fetchrun.delivery.outcome import Deposit
from fetchrun.delivery.target import Unusable, fault, spared
from fetchrun.delivery.targets.maildir import Draft, draft, file_name, linked, withdraw
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.records import Settled


def spread(lots: Sequence[Lot], ledger: Ledger, dispatch: Dispatch, now: float) -> None:
    """A file for every copy that needs one. Mail that went there before needs none; of mail that comes twice at
    once the ledger knows which was first.

    Raises Trouble; then there are no files.
    """
    try:
        settled = ledger.settled(*(lot.parcel.letter for lot in lots))
        for lot, done in zip(lots, settled, strict=True):
            for copy in lot.wanted(done):
                place(lot, copy, done, ledger, dispatch, now)
            _only(lot)
    except BaseException:
        for lot in lots:
            lot.withdraw()
        raise


def place(lot: Lot, copy: Copy, done: Mapping[str, Settled], ledger: Ledger, dispatch: Dispatch, now: float) -> None:
    """What is to be done for one copy; `done` by what the places of settled copies are called. Raises Trouble."""
    name, identity = str(copy.place), lot.parcel.identity
    if name in done:
        if done[name].fate != "failed":
            lot.deposits.append(Deposit(copy, done[name].name, "delivered before"))
    elif copy.place.maildir is None:
        lot.errands.append(copy)
        lot.pending = True
    elif identity is not None and ledger.has(identity, copy.place, now - lot.parcel.remembered):
        lot.duplicates.append(copy)
    elif copy is not lot.parcel.first:
        try:
            if why := dispatch.resting(copy.place.end, now):
                raise Unusable(why)
            lot.drafts.append((copy, _copied(lot, copy)))
        except Unusable as unusable:
            lot.refuse(copy.maildir, spared(unusable, ledger.database.path))


def _copied(lot: Lot, copy: Copy) -> Draft:
    """A file for the copy, the same one as the first where that may be. Raises Unusable or Trouble."""
    parcel = lot.parcel
    name = file_name(parcel.letter, copy.maildir, parcel.first_seen)
    if parcel.draft and parcel.first and copy.stamp == parcel.first.stamp:
        same = linked(parcel.draft, copy.maildir, name)
        if same:
            return same
    made = draft(copy.maildir, name)
    assert lot.source
    try:
        durable.write(made.file, copy.stamp)
        durable.append(lot.source, parcel.offset, made.file)
        durable.confirm(made.file, len(copy.stamp) + parcel.octets)
    except OSError as error:
        withdraw(made)
        raise fault(error, "write to", copy.maildir) from error
    return made


def _only(lot: Lot) -> None:
    """The first file goes again, if it served only to be copied from."""
    settled = {id(copy) for copy in (*lot.duplicates, *(each.copy for each in lot.deposits))}
    for copy, each in lot.drafts:
        if id(copy) in settled:
            withdraw(each)
    lot.drafts = [(copy, each) for copy, each in lot.drafts if id(copy) not in settled]
