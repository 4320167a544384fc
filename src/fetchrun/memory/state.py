"""The state folder: private, and one fetchrun's at a time."""

import fcntl
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.delivery.folder import held
from fetchrun.delivery.target import fault
from fetchrun.memory.epoch import LEDGER, mark
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.outside import network
from fetchrun.trouble import Trouble
from fetchrun.trust import open_to, trusted


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Holds the folder, made 0700 if it is not there. Raises Trouble; that of a second fetchrun names the first."""
    try:
        durable.make_folder(state)
        _believed(state)
        fd = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        told = fault(error, "use the state folder", state)
        passes = isinstance(told, Trouble) or told.disk is not None  # a full disk may be emptied; all else lasts
        raise Trouble("disk", told.sentence, settings=(), hint=told.hint, temporary=passes) from error
    try:
        _refuse_network(state)
        _lock(fd, state)
        os.ftruncate(fd, 0)
        os.pwrite(fd, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(fd)


def consulted(state: Path) -> Ledger:
    """The ledger to read in, while another may write; an empty one where there never was one. Raises Trouble."""
    there = (state / LEDGER).exists() or mark(state) is not None
    if there:
        _believed(state, open_to)  # whoever owns it: root looks into that of a service, too
    return Ledger(state if there else None)


def _believed(state: Path, why: Callable[[os.stat_result], str] = trusted) -> None:
    """The ledger says what was delivered and may be deleted: nobody else writes there. Raises Trouble, OSError."""
    folder = held(state)
    about = os.fstat(folder.fd)
    if clause := why(about):
        own = f"`setpriv --reuid={about.st_uid} --regid={about.st_gid} --clear-groups fetchrun …` runs it as the owner"
        hint = f"`chmod go-w {shlex.quote(str(state))}`" if clause == open_to(about) else own
        sentence = f"the state folder {state} is not used: {clause}"
        raise Trouble("disk", sentence, settings=(), hint=hint, temporary=False)


def _refuse_network(state: Path) -> None:
    """Locks and shared memory, by which SQLite's log lives, are not to be had of other machines."""
    if kind := network(state):
        hint = "give fetchrun a folder on a local disk with --state"
        raise Trouble(
            "disk", f"{state} lies on {kind}, another machine's disk", settings=(), hint=hint, temporary=False
        )


def _lock(fd: int, state: Path) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(fd, 20, 0).decode("ascii", "replace").strip() or "unknown"
        hint = "wait until it ends, or give this one another folder with --state"
        raise Trouble("disk", f"another fetchrun (process {owner}) uses {state}", settings=(), hint=hint) from None
