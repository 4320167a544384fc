"""Durable: the few steps by which bytes and names reach the disk for good."""

import ctypes
import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from fetchrun.delivery.folder import Folder, held, look_again

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_RENAME_NOREPLACE = 1
_BEGIN_WRITING, _WHOLE = 2, ctypes.c_int64(0)
"""What sync_file_range(2) is told; that it does nothing, or nothing here, is no fault: fsync(2) is what counts."""

_FLUSHERS = 8


def create(path: Path | str) -> FileIO:
    """A new, empty file, 0600, open for reading and writing; raises OSError.

    What bore the name before is unlinked, not emptied: its inode may be condemned.
    """
    try:
        return FileIO(path, "x+", opener=_private)
    except FileExistsError:
        remove(path)
        return FileIO(path, "x+", opener=_private)


def reopened(path: Path | str) -> FileIO:
    """A file that is there, to be read; raises OSError. Of what is no file it waits for nobody and reads nothing."""
    return FileIO(path, "r", opener=_private)


def nameless(folder: Path | None) -> FileIO:
    """A file that nobody else can open and that is gone when it is closed, or we die; raises OSError."""
    from tempfile import TemporaryFile  # few messages are so large

    if folder and not folder.is_dir():
        make_folder(folder)
    made = TemporaryFile("w+b", buffering=0, dir=folder)  # noqa: SIM115 - whoever asked for it closes it
    assert isinstance(made, FileIO)
    return made


def write(file: FileIO, data: bytes | bytearray) -> None:
    """All of `data`, at the file's position; raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def append(source: FileIO, offset: int, file: FileIO, octets: int | None = None) -> None:
    """So many octets of `source` from `offset` on, None: all, without passing through our memory; raises OSError."""
    left = os.fstat(source.fileno()).st_size - offset if octets is None else octets
    while left > 0:
        sent = os.sendfile(file.fileno(), source.fileno(), offset, left)
        if not sent:
            raise OSError(errno.EIO, "the file to copy became shorter")
        offset, left = offset + sent, left - sent


def confirm(file: FileIO, size: int) -> None:
    """A disk may say it has written what it has not: raises OSError unless the file has that many bytes."""
    if os.fstat(file.fileno()).st_size != size:
        raise OSError(errno.EIO, "the file is not as long as what was written", str(file.name))


def flush_file(file: FileIO) -> None:
    """What was written reaches the disk; raises OSError, and then the file is condemned."""
    os.fsync(file.fileno())


def flush_files(files: Iterable[FileIO]) -> tuple[OSError | None, ...]:
    """Flushes every file, several at a time; what became of each. With an error it is condemned: an inode is never
    flushed twice.

    All are on their way to the disk before the first is waited for, so that its commit serves the others too.
    """
    files = tuple(files)
    for file in files:
        _libc().sync_file_range(file.fileno(), _WHOLE, _WHOLE, _BEGIN_WRITING)
    shares = [files[number::_FLUSHERS] for number in range(_FLUSHERS)]
    ended = {id(file): error for share in _flushers().map(_flush, shares) for file, error in share}
    return tuple(ended[id(file)] for file in files)


def flush_folder(path: Path) -> None:
    """The names in a directory reach the disk; raises OSError."""
    folder = held(path)  # as long as somebody has it, nobody else can have its descriptor
    os.fsync(folder.fd)


def move(source: Path | str, destination: Path | str) -> None:
    """Renames and never replaces; raises FileExistsError, FileNotFoundError or another OSError (renameat2(2))."""
    (here, name), (there, other) = _split(source), _split(destination)
    if _libc().renameat2(here.fd, os.fsencode(name), there.fd, os.fsencode(other), _RENAME_NOREPLACE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(source), None, str(destination))


def link(source: Path | str, destination: Path | str) -> None:
    """Another name for a file, which must not be there yet; raises OSError."""
    (here, name), (there, other) = _split(source), _split(destination)
    os.link(name, other, src_dir_fd=here.fd, dst_dir_fd=there.fd, follow_symlinks=False)


def remove(path: Path | str) -> None:
    """Unlinks, if it is there; raises OSError."""
    with suppress(FileNotFoundError):
        folder, name = _split(path)
        os.unlink(name, dir_fd=folder.fd)


def make_folder(path: Path) -> None:
    """The directory and those above it, 0700, each one's name flushed; raises OSError."""
    make_folders(path.parent, path.name)


def make_folders(parent: Path, *names: str) -> None:
    """Directories beside each other, likewise, their names flushed together: that is what making them costs."""
    look_again()
    if not parent.exists():
        make_folder(parent)
    for each in names:
        try:
            folder, name = _split(parent / each)
            os.mkdir(name, mode=0o700, dir_fd=folder.fd)
        except FileExistsError:
            if not stat.S_ISDIR((parent / each).stat().st_mode):
                raise
    flush_folder(parent)


def _private(path: str, flags: int) -> int:
    folder, name = _split(path)
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    return os.open(name, flags, 0o600, dir_fd=folder.fd)


def _split(path: Path | str) -> tuple[Folder, str]:
    """The folder in which the path leads to something, held open, and the name there; raises OSError."""
    folder, slash, name = os.fspath(path).rpartition("/")
    return held(folder or slash), name


def _flush(files: Iterable[FileIO]) -> list[tuple[FileIO, OSError | None]]:
    return [(file, _flushed(file)) for file in files]


def _flushed(file: FileIO) -> OSError | None:
    try:
        flush_file(file)
    except OSError as error:
        return error
    return None


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


@cache
def _flushers() -> "ThreadPoolExecutor":
    from concurrent.futures import ThreadPoolExecutor  # whoever only looks at the ledger does without

    return ThreadPoolExecutor(_FLUSHERS, thread_name_prefix="flush")
