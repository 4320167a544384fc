"""Files: rules read from disk, and compiled; or a table, compiled before."""

import errno
import os
from collections.abc import Callable, Sequence
from glob import glob, has_magic
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO

from sortlang.diagnostic import Diagnostic, Diagnostics, error
from sortlang.program import Program
from sortlang.reading import Reader, reason
from sortlang.source import Source, Span
from sortlang.stored.marks import MAGIC

MAX_SIZE = 256 * 1024 * 1024
_CHUNK = 1024 * 1024

Trust = Callable[[os.stat_result], str]
"""Why an open file is not to be believed, a clause; empty if it is."""


class Untrusted(OSError):
    """The file can be read, but not everybody who may write it is believed."""


def whoever(_: os.stat_result) -> str:
    """Everybody is believed: to read is not to act."""
    return ""


def load(path: str | os.PathLike[str], trust: Trust = whoever) -> tuple[Program | None, Diagnostics]:
    """The program in a file and its includes, or in a table. A file that cannot be read as either is a finding, too,
    and one that `trust` does not believe.

    A table is not read but mapped; a large one may raise OSError (EBADMSG) later, where it is found to be damaged.
    """
    name = os.fspath(path)
    try:
        if is_table(name):
            return _mapped(name, trust), ()
    except (OSError, ValueError) as why:
        return None, (unreadable(name, why),)
    source, found = read(name, trust)
    return _compiled(source, trust) if source else (None, found)


def load_open(file: BinaryIO, name: str) -> tuple[Program | None, Diagnostics]:
    """The program in an open file, such as standard input; its includes are looked for beside `name`."""
    try:
        content = _content(file)
        if content.startswith(MAGIC):
            return _restored(content), ()
    except (OSError, ValueError) as why:
        return None, (unreadable(name, why),)
    return _compiled(Source(name, decoded(content)))


def read(path: str | os.PathLike[str], trust: Trust = whoever) -> tuple[Source | None, Diagnostics]:
    """The text of one file, its includes not read; None and `unreadable-file` if it has none."""
    name = os.fspath(path)
    try:
        return _read(name, trust), ()
    except (OSError, ValueError) as why:
        return None, (unreadable(name, why),)


def read_open(file: BinaryIO, name: str) -> tuple[Source | None, Diagnostics]:
    """The text of an open file."""
    try:
        return Source(name, decoded(_content(file))), ()
    except (OSError, ValueError) as why:
        return None, (unreadable(name, why),)


def text_of(path: str | os.PathLike[str]) -> str:
    """The text of one file; raises OSError."""
    try:
        return _read(os.fspath(path)).text
    except ValueError:
        raise OSError(errno.EINVAL, "this is no file name") from None


def decoded(content: bytes) -> str:
    """Text without BOM; what is not UTF-8 stays visible as lone surrogates, for a finding at its place."""
    return content.decode("utf-8-sig", "surrogateescape")


def unreadable(name: str, why: OSError | ValueError) -> Diagnostic:
    """The finding for a file that could not be read."""
    clause = reason(why) if isinstance(why, OSError) else "this is no file name"
    hint = "build it again from its rules file" if getattr(why, "errno", None) == errno.EBADMSG else ""
    hint = "whoever may write it decides what is done here: `chmod go-w` it" if isinstance(why, Untrusted) else hint
    return error("unreadable-file", f"cannot read the file: {clause}", Span(Source(name, ""), 0, 0), hint)


def below(paths: Sequence[str]) -> list[str]:
    """The paths, each directory replaced by the rules files in it and below, hidden ones left out; each once."""
    return list(dict.fromkeys(name for path in paths for name in (_rules(path) if Path(path).is_dir() else [path])))


def _rules(folder: str) -> list[str]:
    """Sorted, so that the same folder always reads the same."""
    found = (path for path in Path(folder).rglob("*.sort") if path.is_file())
    return sorted(str(path) for path in found if not _hidden(path.relative_to(folder)))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def reader(root: Source, trust: Trust = whoever) -> Reader:
    """A Reader that reads from disk: names are relative to the file they stand in, one file is one Source."""
    known = {os.path.realpath(root.name): root}

    def read(pattern: str, source: Source) -> Sequence[Source]:
        return [_once(name, known, trust) for name in _named(pattern, source)]

    return read


def _named(pattern: str, source: Source) -> list[str]:
    """The files a pattern names, sorted, without the one it stands in; one name if it has no `*`, `?` or `[`."""
    beside = os.path.normpath(Path(source.name).parent / pattern)
    if not has_magic(pattern):
        return [beside]
    own = os.path.realpath(source.name)
    return sorted(name for name in glob(beside) if os.path.realpath(name) != own and not Path(name).is_dir())  # noqa: PTH207


def _once(name: str, known: dict[str, Source], trust: Trust) -> Source:
    """The Source of a file, read the first time it is named, by whatever name."""
    real = os.path.realpath(name)
    if real not in known:
        known[real] = _read(name, trust)
    return known[real]


def is_table(name: str) -> bool:
    """Of what is no regular file nothing is read, for it could not be read again."""
    if not Path(name).is_file():
        return False
    with Path(name).open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _mapped(name: str, trust: Trust) -> Program:
    with Path(name).open("rb") as file:
        _believed(file, trust)
        return _restored(mmap(file.fileno(), 0, access=ACCESS_READ))


def _restored(buffer: bytes | mmap) -> Program:
    from sortlang.store import restore  # rules files do without

    return restore(buffer)


def _compiled(source: Source, trust: Trust = whoever) -> tuple[Program | None, Diagnostics]:
    from sortlang.compile import compile  # with it comes the parser, which a table does without

    return compile(source, reader(source, trust))


def _read(name: str, trust: Trust = whoever) -> Source:
    with Path(name).open("rb") as file:
        _believed(file, trust)
        return Source(name, decoded(_content(file, os.fstat(file.fileno()).st_size)))


def _believed(file: BinaryIO, trust: Trust) -> None:
    """Asked of the open file, not of its name: nobody can exchange it in between. Raises OSError."""
    if why := trust(os.fstat(file.fileno())):
        raise Untrusted(errno.EPERM, why, file.name)


def _content(file: BinaryIO, known: int = 0) -> bytes:
    """All of a file that has an end not too far off; of one whose size is known in one piece."""
    chunks: list[bytes] = []
    size = 0
    while chunk := file.read(max(_CHUNK, min(known, MAX_SIZE) + 1 - size)):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_SIZE:
            raise OSError(errno.EFBIG, f"it is larger than {MAX_SIZE // 1024**2} MiB")
    return b"".join(chunks)
