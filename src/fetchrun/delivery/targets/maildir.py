"""The Maildir: files are made in `tmp/` and appear whole in `new/`."""

import contextlib
import hashlib
import os
import re
import socket
from collections.abc import Iterator
from functools import cache, lru_cache
from io import FileIO
from pathlib import Path
from typing import Literal

from fetchrun.delivery import durable
from fetchrun.delivery.folder import held
from fetchrun.delivery.letter import Letter, copy_id
from fetchrun.delivery.target import Unusable, fault
from fetchrun.trouble import Trouble
from sortlang.frozen import frozen

OURS = re.compile(r"\d+\.F([a-z2-7]{26})(?:_\d+)?\.[A-Za-z0-9._-]+")
"""How `file_name` names a file; the group is the copy's id."""

_BLOCK = 1 << 20
_MAX_NAMESAKES = 100


@frozen
class Draft:
    """A file in `tmp/` that is being written; whoever ends it closes it."""

    maildir: Path
    name: str
    file: FileIO


@lru_cache(maxsize=1024)
def room(maildir: Path, name: Literal["tmp", "new"]) -> Path:
    """That folder of the Maildir; the same Path each time, for a Path is not quickly made."""
    return maildir / name


def file_name(letter: Letter, maildir: Path, first_seen: float) -> str:
    """A copy's name, the same at every try: `SECONDS.FID.HOST`, SECONDS being its arrival, or when we first saw it."""
    seconds = letter.received if letter.received is not None else first_seen
    return f"{max(0, int(seconds))}.F{copy_id(letter, maildir)}.{_host()}"


def draft(maildir: Path, name: str) -> Draft:
    """An empty file in `tmp/`; the Maildir is made if it is not there. Raises Unusable or Trouble."""
    path = _path(maildir, "tmp", name)
    try:
        try:
            return Draft(maildir, name, durable.create(path))
        except FileNotFoundError:
            prepare(maildir)
            return Draft(maildir, name, durable.create(path))
    except OSError as error:
        raise fault(error, "create a file in", room(maildir, "tmp")) from error


def linked(original: Draft, maildir: Path, name: str) -> Draft | None:
    """A draft that is the same file under another name; None where that cannot be: other device, other owner.

    The Maildir is there already, or it is not linked. Raises Trouble.
    """
    source, path = room(original.maildir, "tmp") / original.name, room(maildir, "tmp") / name
    try:
        here, there = source.stat(), path.parent.stat()
        if (here.st_dev, here.st_uid, here.st_gid) != (there.st_dev, there.st_uid, there.st_gid):
            return None
        durable.remove(path)
        durable.link(source, path)
        return Draft(maildir, name, durable.reopened(path))
    except OSError as error:
        if isinstance(told := fault(error, "link mail into", path.parent), Trouble):
            raise told from error
        return None


def prepare(maildir: Path) -> None:
    """Makes `tmp/`, `new/` and `cur/`, durably. Raises OSError."""
    durable.make_folders(maildir, "tmp", "new", "cur")


def withdraw(draft: Draft) -> None:
    """The file is to be no more. Whatever the disk says, this ends quietly: the next try unlinks it again."""
    with contextlib.suppress(OSError):
        draft.file.close()
    with contextlib.suppress(OSError):
        durable.remove(_path(draft.maildir, "tmp", draft.name))


def publish(maildir: Path, name: str, sha256: bytes, octets: int) -> str | None:
    """Moves a staged file into `new/` and returns its name there; None: it does not lie in `tmp/` any more.

    Another file of that name is met only when the ledger was lost: if it ends with the same message, that is our copy;
    else ours takes the next free name. Raises Unusable or Trouble.
    """
    try:
        return _moved(maildir, name, sha256, octets)
    except OSError as error:
        raise fault(error, "move mail into", room(maildir, "new")) from error


def find(maildir: Path, name: str) -> Path | None:
    """The delivered file, wherever a reader has moved it inside the Maildir. Raises OSError."""
    fresh = room(maildir, "new") / name
    return fresh if fresh.exists() else next((maildir / "cur").glob(f"{name}*"), None)


def leftovers(maildir: Path, before: float) -> Iterator[Path]:
    """Files of ours in `tmp/` that nobody has changed since `before` (Unix seconds). Raises OSError."""
    folder = held(room(maildir, "tmp"))
    with os.scandir(folder.fd) as found:
        for each in found:
            # The mtime is the mail's, so the age of the file is its ctime.
            if OURS.match(each.name) and each.stat(follow_symlinks=False).st_ctime < before:
                yield room(maildir, "tmp") / each.name


def _moved(maildir: Path, name: str, sha256: bytes, octets: int) -> str | None:
    source = _path(maildir, "tmp", name)
    for final in _namesakes(name):
        there = _path(maildir, "new", final)
        try:
            _move(maildir, source, there)
        except FileExistsError:
            if not _ends_with(there, sha256, octets):
                continue
            durable.remove(source)
        except FileNotFoundError:
            return None
        return final
    raise Unusable(f"cannot find a free name in {maildir / 'new'}")


def _move(maildir: Path, source: str, destination: str) -> None:
    """As `durable.move`, but FileNotFoundError means that `source` is not in `tmp/`, and nothing else."""
    try:
        durable.move(source, destination)
    except FileNotFoundError:
        if not room(maildir, "tmp").is_dir():
            raise Unusable(f"cannot move mail into {room(maildir, 'new')}: the Maildir is not there") from None
        if not os.path.lexists(source):
            raise
        prepare(maildir)
        durable.move(source, destination)


def _path(maildir: Path, folder: Literal["tmp", "new"], name: str) -> str:
    """Of a file there; a Path for each message would cost more than what is done with it."""
    return f"{room(maildir, folder)}/{name}"


def _namesakes(name: str) -> Iterator[str]:
    seconds, ours, host = name.split(".", 2)
    yield name
    yield from (f"{seconds}.{ours}_{count}.{host}" for count in range(1, _MAX_NAMESAKES))


def _ends_with(path: str, sha256: bytes, octets: int) -> bool:
    """Whether the file ends with that message; our own lines above it may differ."""
    with durable.reopened(path) as file:
        start = os.fstat(file.fileno()).st_size - octets
        if start < 0:
            return False
        file.seek(start)
        digest = hashlib.sha256()
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.digest() == sha256


@cache
def _host() -> str:
    """This machine's name, as a Maildir file name may hold it."""
    return re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())[:64] or "localhost"
