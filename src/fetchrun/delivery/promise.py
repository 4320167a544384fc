"""Promise: files flushed in `tmp/` are promised, then published."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.delivery.dispatch import Dispatch
from fetchrun.delivery.lot import Lot
from fetchrun.delivery.publish import flushed, publish
from fetchrun.delivery.target import fault, spared
from fetchrun.delivery.targets.maildir import room
from fetchrun.memory.ledger import Ledger


def promise(lots: Sequence[Lot], ledger: Ledger, dispatch: Dispatch, now: float) -> None:
    """From `tmp/` into `new/`, all together. What a Maildir does not let in stays promised. Raises Trouble."""
    try:
        _flush(lots, now, ledger.database.path)
    except BaseException:
        for lot in lots:
            lot.withdraw()
        raise
    staged = ledger.stage([lot.posting() for lot in lots], now)
    ours = [each for promised in staged for each in promised if each]
    published = publish(ours, ledger, now, arrived=lambda _: False)
    lost = {each.key: "a staged file vanished before it was delivered" for each in published.doubtful}
    late = published.waiting | lost
    dispatch.put_by(each for each in ours if each.key in published.waiting)
    for lot, promised in zip(lots, staged, strict=True):
        lot.note(promised, published.names, late)


def _flush(lots: Sequence[Lot], now: float, home: Path | None) -> None:
    """Every file, then every `tmp/`, reaches the disk; a Maildir that cannot be flushed is owed its copies."""
    for lot in lots:
        _dated(lot, now)
    files = [(lot, each) for lot in lots for _, each in lot.drafts]
    for (lot, each), error in zip(files, durable.flush_files(each.file for _, each in files), strict=True):
        each.file.close()
        if error:
            lot.condemn(each, spared(fault(error, "write to", each.maildir), home))
    unflushed = flushed((room(each.maildir, "tmp") for lot in lots for _, each in lot.drafts), home)
    for lot in lots:
        for _, each in [pair for pair in lot.drafts if room(pair[1].maildir, "tmp") in unflushed]:
            lot.lose(each, unflushed[room(each.maildir, "tmp")])


def _dated(lot: Lot, now: float) -> None:
    """A reader shows the file's time as that of the mail; a disk that does not take it does not take the flush."""
    if lot.parcel.letter.received is not None:
        for _, each in lot.drafts:
            with suppress(OSError):
                os.utime(each.file.fileno(), (now, lot.parcel.letter.received))
