"""Replace: a file that something was made into, put in place at once."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def replace(path: str | os.PathLike[str], pieces: Iterable[bytes | bytearray], mode: int) -> None:
    """Writes the pieces one after another, flushed to disk; whole or not at all. Raises OSError.

    A link stays a link: what it points to is replaced.
    """
    place = Path(path).resolve()
    number, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fchmod(number, mode)
            os.fsync(number)
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _flush(place.parent)


def _flush(folder: Path) -> None:
    """Until its folder is flushed, a name may be gone after a power cut."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
