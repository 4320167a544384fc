"""Holdings: what lies in Maildirs that we delivered, told by its name."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from fetchrun.delivery.letter import Letter, copy_id
from fetchrun.delivery.provenance import without_forged
from fetchrun.delivery.targets.maildir import OURS
from sortlang.frozen import frozen
from sortlang.mail.message import HEAD_LIMIT, fields, head_end, head_hash
from sortlang.program import DEFAULT_MAILDIR, Program

_PLACEHOLDER = re.compile(r"\{\w+\}")
_ABOVE, _LINES = 64 << 10, 500
"""So much of ours may stand above a message: octets, lines."""


@frozen
class Holding:
    """A delivered file. `sha256` and `octets` of the message in it, without our own lines above."""

    path: Path
    sha256: bytes
    octets: int


def maildirs(program: Program, state: Path) -> tuple[Path, ...]:
    """Every Maildir on this disk that the rules may have filled; trash and quarantine are among them."""
    templates = [each.arguments[0] for each in program.rules.transports if each.kind == "maildir"]
    found = [state / "trash", state / "quarantine"]
    for template in dict.fromkeys((*templates, DEFAULT_MAILDIR)):
        root = Path.home() if template.startswith("~/") else state
        found += _matching(root / _PLACEHOLDER.sub("*", template.removeprefix("~/")))
    return tuple(dict.fromkeys(each for each in found if (each / "new").is_dir()))


def ours(maildir: Path) -> dict[str, tuple[Path, ...]]:
    """Copy id → its files, also those that a reader has filed in a folder of the Maildir. Raises OSError."""
    found: dict[str, tuple[Path, ...]] = {}
    for folder in (maildir, *(each for each in maildir.glob(".*") if each.is_dir())):
        for part in ("new", "cur"):
            for name in _names(folder / part):
                if match := OURS.match(name):
                    found[match[1]] = (*found.get(match[1], ()), folder / part / name)
    return found


def any_of_ours(program: Program, state: Path) -> Path | None:
    """The first Maildir that holds mail which we delivered; None: there is none. Raises OSError."""
    return next((each for each in maildirs(program, state) if ours(each)), None)


def among(letter: Letter, lying: Mapping[Path, Mapping[str, tuple[Path, ...]]]) -> dict[Path, tuple[Path, ...]]:
    """Maildir → files there that bear the name of this letter; `lying` as `ours` tells of each Maildir."""
    named = ((maildir, files.get(copy_id(letter, maildir))) for maildir, files in lying.items())
    return {maildir: found for maildir, found in named if found}


def verified(files: Iterable[Path], head: bytes) -> Holding | None:
    """The first of the files that holds the message with this header, as TOP shows it; None: none of them does.

    A name says which uid it was; only the header says that the server has not given the uid to other mail since.
    """
    hashes = {head_hash(head), head_hash(without_forged(head, fields(head)))}
    found = (_held(path, hashes) for path in files)
    return next((each for each in found if each), None)


def _held(path: Path, hashes: set[bytes]) -> Holding | None:
    """Our own lines stand above the message; where they end is where the rest of the header is known."""
    with suppress(OSError), path.open("rb") as file:
        stored = file.read(HEAD_LIMIT + _ABOVE)
        end = head_end(stored)
        start = 0
        for _ in range(_LINES):
            if head_hash(stored[start:]) in hashes:
                file.seek(start)
                return Holding(path, hashlib.file_digest(file, "sha256").digest(), file.tell() - start)
            start = stored.find(b"\n", start) + 1
            if not 0 < start < end:
                return None
    return None


def _matching(pattern: Path) -> Iterator[Path]:
    yield from Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))


def _names(folder: Path) -> Iterator[str]:
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        yield from (each.name for each in entries)
