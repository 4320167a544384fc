"""Renewing the ledger: a new one beside the old, which is kept as it was."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.delivery.target import ending
from fetchrun.memory import epoch, schema
from fetchrun.memory.checkup import damage
from fetchrun.memory.database import Database
from fetchrun.memory.epoch import LEDGER, Epoch, mark
from fetchrun.memory.ledger import Ledger
from fetchrun.trouble import Trouble

SCRATCH = "rebuild"
_BESIDE = ("", "-wal", "-shm")


def begun(state: Path) -> Ledger:
    """A new ledger in a folder of its own, with what the old one knows if that is ours and sound. Raises Trouble."""
    scratch = state / SCRATCH
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        durable.make_folder(scratch)
        if _trusted(state):
            _copied(state / LEDGER, scratch / LEDGER)
    except (OSError, sqlite3.Error) as error:
        raise ending(error if isinstance(error, OSError) else OSError(str(error)), scratch) from error
    ledger = Ledger(scratch)
    with ledger.database.writing() as write:
        write.execute("UPDATE epoch SET id = lower(hex(randomblob(16))), count = 0, since = 0")
    return ledger


def dropped(ledger: Ledger) -> None:
    """It was only to see what it would hold."""
    assert ledger.database.path is not None
    ledger.close()
    shutil.rmtree(ledger.database.path.parent, ignore_errors=True)


def installed(ledger: Ledger, state: Path, now: str) -> Path | None:
    """Puts it in the place of the old one, which becomes `ledger.db.NOW`: returns where that lies now. Raises Trouble.

    Whatever dies in between, the next fetchrun finds no ledger or one that is not that of the epoch, and stops.
    """
    path, kept = state / LEDGER, _free(state / f"{LEDGER}.{now}")
    try:
        ledger.close()
        there = [each for each in _BESIDE if path.with_name(LEDGER + each).exists()]
        for each in there:
            durable.move(path.with_name(LEDGER + each), kept.with_name(kept.name + each))
        durable.move(state / SCRATCH / LEDGER, path)
        durable.flush_folder(state)
        with closing(Database(path)) as fresh:
            epoch.note(fresh)
        shutil.rmtree(state / SCRATCH, ignore_errors=True)
    except OSError as error:
        raise ending(error, path) from error
    return kept if "" in there else None


def _free(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.{count}") for count in range(1, 1000))
    return next(each for each in (path, *names) if not each.exists())


def _copied(source: Path, destination: Path) -> None:
    """One that has no epoch beside it has not counted yet."""
    with closing(sqlite3.connect(source)) as old, closing(schema.connect(destination)) as new:
        old.backup(new)
    with closing(schema.connect(destination)) as new:
        new.execute("UPDATE epoch SET count = 0")


def _trusted(state: Path) -> bool:
    """Whether it may be older than the mail, but is nobody else's and not damaged."""
    path = state / LEDGER
    if not path.exists() or damage(path):
        return False
    with closing(sqlite3.connect(path)) as old:
        (version,) = old.execute("PRAGMA user_version").fetchone()
        ids = old.execute("SELECT id FROM epoch").fetchone() if 1 < version <= schema.VERSION else None
    said = _said(state)
    return 0 < version <= schema.VERSION and (not said or not ids or ids[0] == said.id)


def _said(state: Path) -> Epoch | None:
    try:
        return mark(state)
    except Trouble:
        return None
