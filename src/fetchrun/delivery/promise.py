"""Promise: files flushed in `tmp/` are promised, then published."""

import os
from collections.abc import Sequence
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.delivery.lot import Lot
from fetchrun.delivery.publish import flushed, publish
from fetchrun.delivery.target import ending
from fetchrun.delivery.targets.maildir import withdraw
from fetchrun.memory.ledger import Ledger


def promise(lots: Sequence[Lot], ledger: Ledger, now: float) -> None:
    """From `tmp/` into `new/`, all together: steps 3 to 8 and 10 of the protocol. Raises Trouble."""
    try:
        _flush(lots, now)
    except BaseException:
        for lot in lots:
            lot.withdraw()
        raise
    staged = ledger.stage([lot.posting() for lot in lots], now)
    published = publish(
        [each for promised in staged for each in promised if each], ledger, now, arrived=lambda _: False
    )
    lost = {each.key: "a staged file vanished before it was delivered" for each in published.doubtful}
    late = published.waiting | lost
    for lot, promised in zip(lots, staged, strict=True):
        lot.note(promised, published.names, late)


def _flush(lots: Sequence[Lot], now: float) -> None:
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


def _without(lot: Lot, unflushed: dict[Path, str]) -> None:
    """Nothing is promised in a Maildir whose `tmp/` was not flushed."""
    for _, each in lot.drafts:
        if each.maildir / "tmp" in unflushed:
            withdraw(each)
            lot.owed.append(unflushed[each.maildir / "tmp"])
    lot.drafts = [(copy, each) for copy, each in lot.drafts if each.maildir / "tmp" not in unflushed]


def _dated(lot: Lot, now: float) -> None:
    """A reader shows the file's time as that of the mail."""
    if lot.parcel.letter.received is not None:
        for _, each in lot.drafts:
            os.utime(each.file.fileno(), (now, lot.parcel.letter.received))
