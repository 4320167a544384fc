"""The demonstration's maildrop: one file a message, as it is sent."""

import base64
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from itertools import islice
from pathlib import Path

from sortlang.frozen import frozen

CHUNK = 1 << 16
PHOTO = 9_000_000
"""Bytes of the photograph in the large message, before base64."""


@frozen
class Message:
    """What lies in the maildrop: `uid` never changes (RFC 1939 §7), `size` in bytes, with CRLF line ends."""

    path: Path
    uid: str
    size: int


def lay_out(maildrop: Path) -> None:
    """Fill a new maildrop with the packaged messages; one that is there already stays as the last session left it."""
    if maildrop.is_dir():
        return
    fresh = maildrop.with_name(f"{maildrop.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    for name, text in packaged():
        (fresh / name).write_bytes(text)
    fresh.rename(maildrop)


def packaged() -> Iterator[tuple[str, bytes]]:
    """The messages of the demonstration by file name, with CRLF line ends; the large one gets its photograph here."""
    folder = files("fetchrun.demo") / "messages"
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.name.endswith(".eml"):
            yield each.name, _with_photo(each.read_bytes()).replace(b"\n", b"\r\n")


def listed(maildrop: Path) -> tuple[Message, ...]:
    """What lies there now, in the order of arrival."""
    return tuple(Message(path, path.stem, path.stat().st_size) for path in sorted(maildrop.glob("*.eml")))


def whole(message: Message) -> Iterator[bytes]:
    """The message in pieces, dot-stuffed (RFC 1939 §3)."""
    with message.path.open("rb") as file:
        while lines := file.readlines(CHUNK):
            yield _stuffed(lines)


def top(message: Message, count: int) -> Iterator[bytes]:
    """The header, the empty line and `count` lines of the body, dot-stuffed (RFC 1939 §7, TOP)."""
    with message.path.open("rb") as file:
        for line in file:
            yield _stuffed((line,))
            if line == b"\r\n":
                break
        yield _stuffed(islice(file, count))


@contextmanager
def locked(maildrop: Path) -> Iterator[bool]:
    """Hold the maildrop for one session (RFC 1939 §4); False: another session has it."""
    lock = os.open(maildrop / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _taken(lock)
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stuffed(lines: Iterable[bytes]) -> bytes:
    return b"".join(b"." + line if line.startswith(b".") else line for line in lines)


def _with_photo(text: bytes) -> bytes:
    """Too large for a repository, so it is drawn on the spot: noise behind the mark of a JPEG, the same every time."""
    if b"@PHOTO@\n" not in text:
        return text
    noise = hashlib.shake_256(b"the harbour at low tide").digest(PHOTO - 3)
    return text.replace(b"@PHOTO@\n", base64.encodebytes(b"\xff\xd8\xff" + noise))
