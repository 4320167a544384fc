"""Rewrite: the new text of a file, put in place of the old one at once."""

import codecs
import contextlib
import os
import stat
import tempfile
from pathlib import Path


def rewrite(path: str | os.PathLike[str], text: str) -> None:
    """Replaces what a file holds, whole or not at all; mode, owner and byte order mark stay. Raises OSError.

    A link stays a link: what it points to is replaced.
    """
    place = Path(path).resolve(strict=True)
    content = _mark(place) + text.encode("utf-8")
    number, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with os.fdopen(number, "wb") as file:
            _same_owner(place, number)
            file.write(content)
            file.flush()
            os.fsync(number)
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _mark(place: Path) -> bytes:
    with place.open("rb") as file:
        return codecs.BOM_UTF8 if file.read(3) == codecs.BOM_UTF8 else b""


def _same_owner(place: Path, number: int) -> None:
    """The owner as far as we may; the mode last, for a change of owner takes bits off it."""
    old = place.stat()
    with contextlib.suppress(PermissionError):
        os.fchown(number, old.st_uid, old.st_gid)
    os.fchmod(number, stat.S_IMODE(old.st_mode))
