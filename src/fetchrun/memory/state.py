"""The state folder: private, and one fetchrun's at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.delivery.target import fault
from fetchrun.trouble import Trouble


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Holds the folder, made 0700 if it is not there. Raises Trouble; that of a second fetchrun names the first."""
    try:
        durable.make_folder(state)
        fd = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Trouble("disk", str(fault(error, "use the state folder", state)), settings=(), temporary=False) from error
    try:
        _lock(fd, state)
        os.ftruncate(fd, 0)
        os.pwrite(fd, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(fd)


def _lock(fd: int, state: Path) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(fd, 20, 0).decode("ascii", "replace").strip() or "unknown"
        hint = "wait until it ends, or give this one another folder with --state"
        raise Trouble("disk", f"another fetchrun (process {owner}) uses {state}", settings=(), hint=hint) from None
