"""Replace: the new content of a file, put in place of the old one at once."""

import codecs
import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path


def rewrite(path: str | os.PathLike[str], text: str) -> None:
    """Replaces the text of a file, whole or not at all; mode, owner and byte order mark stay. Raises OSError."""
    place = Path(path).resolve(strict=True)
    old = place.stat()
    replace(place, [_mark(place), text.encode("utf-8")], stat.S_IMODE(old.st_mode), (old.st_uid, old.st_gid))


def replace(
    path: str | os.PathLike[str],
    pieces: Iterable[bytes | bytearray],
    mode: int,
    owner: tuple[int, int] | None = None,
) -> None:
    """Writes the pieces one after another, flushed to disk; whole or not at all. Raises OSError.

    A link stays a link: what it points to is replaced. The owner as far as we may.
    """
    place = Path(path).resolve()
    number, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.writelines(pieces)
            file.flush()
            _made_over(number, mode, owner)
            os.fsync(number)
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _flush(place.parent)


def _mark(place: Path) -> bytes:
    with place.open("rb") as file:
        return codecs.BOM_UTF8 if file.read(3) == codecs.BOM_UTF8 else b""


def _made_over(number: int, mode: int, owner: tuple[int, int] | None) -> None:
    """The mode last, for a change of owner takes bits off it."""
    if owner is not None:
        with contextlib.suppress(PermissionError):
            os.fchown(number, *owner)
    os.fchmod(number, mode)


def _flush(folder: Path) -> None:
    """Until its folder is flushed, a name may be gone after a power cut."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
