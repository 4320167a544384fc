"""The epoch: a mark beside the ledger, so that an older one is noticed.

The ledger counts, and the file `epoch` beside it says how far. The ledger counts first: so it may be ahead of the file,
after a crash in between, but never behind. One that is behind was restored from a backup, and asked for mail again
that was delivered since; one that is missing was deleted.
"""

import threading
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.delivery.target import fault
from fetchrun.memory.database import Database
from fetchrun.memory.schema import REBUILD
from fetchrun.trouble import Trouble
from sortlang.frozen import frozen

LEDGER, FILE = "ledger.db", "epoch"
EVERY = 60.0
"""Seconds: a backup is told from the ledger by what happened this long after it was made."""

_one_at_a_time = threading.Lock()


@frozen
class Epoch:
    """Which ledger, and how far it has counted."""

    id: str
    count: int


def opened(state: Path) -> Database:
    """The database of the ledger in `state`, made if there never was one. Raises Trouble if it is not the last one."""
    path, said = state / LEDGER, mark(state)
    if said and not (path.exists() and path.stat().st_size):
        raise _unlike(f"the ledger {path} is gone, but mail was fetched with it")
    database = Database(path)
    try:
        compared(counted(database), said, path)
    except BaseException:
        database.close()
        raise
    return database


def mark(state: Path) -> Epoch | None:
    """What the file says; None: there is none. Raises Trouble."""
    path = state / FILE
    try:
        words = path.read_text("ascii", "replace").split()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Trouble("disk", str(fault(error, "read", path)), settings=()) from error
    if len(words) != 2 or not words[1].isdecimal():
        raise _unlike(f"{path} cannot be read, so nobody knows whether the ledger beside it is the last one")
    return Epoch(words[0], int(words[1]))


def counted(database: Database) -> Epoch:
    """What the ledger says of itself. Raises Trouble."""
    ((identity, count),) = database.read("SELECT id, count FROM epoch")
    return Epoch(identity, count)


def advance(database: Database, now: float) -> None:
    """Counts, if the last time was a minute ago, `now` in Unix seconds; ledger first, then the file. Raises Trouble."""
    if database.path is None:
        return
    with _one_at_a_time:
        if mark(database.path.parent) is None:
            note(database)
        ((since,),) = database.read("SELECT since FROM epoch")
        if abs(now - since) >= EVERY:
            with database.writing() as write:
                write.execute("UPDATE epoch SET count = count + 1, since = ?", (now,))
            note(database)


def note(database: Database) -> None:
    """Writes the file anew, durably. Raises Trouble."""
    assert database.path is not None
    epoch, path = counted(database), database.path.with_name(FILE)
    fresh, said = path.with_name(f"{FILE}.new"), f"{epoch.id} {epoch.count}\n".encode()
    try:
        with durable.create(fresh) as file:
            durable.write(file, said)
            durable.confirm(file, len(said))
            durable.flush_file(file)
        fresh.replace(path)
        durable.flush_folder(path.parent)
    except OSError as error:
        raise Trouble("disk", str(fault(error, "write", path)), settings=()) from error


def compared(is_: Epoch, said: Epoch | None, path: Path) -> None:
    """Raises Trouble unless the ledger at `path`, which is so, is what the file says of it."""
    if said is None and is_.count:
        raise _unlike(f"{path.with_name(FILE)} is missing, so nobody knows whether the ledger is the last one")
    if said and said.id != is_.id:
        raise _unlike(f"{path} is another ledger than the one that mail was fetched with")
    if said and said.count > is_.count:
        raise _unlike(f"the ledger {path} is older than the mail that was fetched with it, as one from a backup is")


def _unlike(sentence: str) -> Trouble:
    return Trouble("disk", sentence, settings=(), hint=REBUILD, temporary=False)
