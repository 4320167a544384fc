"""A Folder: a directory held open, reached through no link of a stranger."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import local

MOST_LINKS = 40
"""As many as the kernel follows (path_resolution(7))."""

HELD = 128
"""So many are held at a time; of a process's 1,024 descriptors most are for connections and mail."""

STEADY = 32
"""So many a thread takes for granted at a time."""

_STEP = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


class Folder:
    """What is done with `fd` is done there, whatever becomes of the name. Closed when nobody has it any more."""

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def __del__(self) -> None:
        os.close(self.fd)


def held(path: Path | str) -> Folder:
    """The directory of that name, as it is now; raises OSError.

    A link on the way is followed if root made it, or who we are: whoever may write somewhere on the way, as the owner
    of a home or of a Maildir may, cannot lead mail elsewhere by one (ELOOP), and loses every race.
    """
    found, name = _steady.found, str(path)
    if found is None:
        return _now(name)
    if name not in found:
        if len(found) >= STEADY:
            found.clear()
        found[name] = _now(name)
    return found[name]


@contextmanager
def steadily() -> Iterator[None]:
    """In the block a name leads this thread where it first led it: a batch asks once, not three times a message.

    What becomes of the name meanwhile is as if it had become of it a moment later.
    """
    before = _steady.found
    _steady.found = {} if before is None else before
    try:
        yield
    finally:
        _steady.found = before


def look_again() -> None:
    """Takes nothing for granted that this thread has seen before: something is not where it was."""
    if _steady.found:
        _steady.found.clear()


def let_go() -> None:
    """Holds none any more, so that a file system can be unmounted; those in use end with their use."""
    _held.cache_clear()


class _Steady(local):
    """What a thread takes for granted; None: nothing."""

    found: dict[str, Folder] | None = None


_steady = _Steady()


def _now(path: str) -> Folder:
    about = os.stat(path)  # noqa: PTH116 - a Path for each message would cost more than the question
    return _held(path, about.st_dev, about.st_ino)


@lru_cache(HELD)
def _held(path: str, device: int, inode: int) -> Folder:
    """Kept as long as the name leads to the same directory: it costs a walk only once."""
    place = _walked(os.open("/", _STEP), [*reversed(Path(path).absolute().parts[1:])], path)
    try:
        folder = Folder(os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=place))
    finally:
        os.close(place)
    about = os.fstat(folder.fd)
    if (about.st_dev, about.st_ino) != (device, inode):
        raise OSError(errno.ESTALE, "it became another folder in this moment", path)
    return folder


def _walked(place: int, ahead: list[str], path: str) -> int:
    """Step by step from `place`, whose descriptor it takes; `ahead` has the next name last."""
    links = 0
    try:
        while ahead:
            step = os.open(ahead.pop(), _STEP, dir_fd=place)
            about = os.fstat(step)
            if not stat.S_ISLNK(about.st_mode):
                place = _closed(place, step)
                continue
            target = _target(step, about, path)
            links += 1
            if links > MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            ahead += reversed([each for each in target.split("/") if each])
            if target.startswith("/"):
                place = _closed(place, os.open("/", _STEP))
    except BaseException:
        os.close(place)
        raise
    return place


def _target(link: int, about: os.stat_result, path: str) -> str:
    """Where a link leads that may be followed; closes it."""
    try:
        if about.st_uid not in (0, os.geteuid()):
            why = f"a link on the way belongs to the user {about.st_uid}, and only root's and ours are followed"
            raise OSError(errno.ELOOP, why, path)
        return os.readlink("", dir_fd=link)
    finally:
        os.close(link)


def _closed(old: int, new: int) -> int:
    os.close(old)
    return new
