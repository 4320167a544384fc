"""Traced: a program read from disk, and every file looked for."""

import hashlib
import os
from collections.abc import Sequence
from glob import has_magic
from pathlib import Path

from sortlang.amend import amend
from sortlang.compile import compile
from sortlang.diagnostic import Diagnostics
from sortlang.doors.replace import replace
from sortlang.files import Trust, is_table, load, read, reader, whoever
from sortlang.frozen import frozen
from sortlang.program import Program
from sortlang.runs.sorts import bulk
from sortlang.source import Source
from sortlang.store import store


@frozen
class Loaded:
    """What `files.load` gives; `names`, and `patterns` with a `*`, are all that was looked for, found or not.

    `content` is a hash of everything that was read; empty for a table.
    """

    program: Program | None
    found: Diagnostics
    names: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    content: str = ""


def trace(path: str | os.PathLike[str], trust: Trust = whoever) -> Loaded:
    """The program in a file and all that it includes or names, or in a table; as `load`, nothing is raised."""
    name = os.fspath(path)
    if _is_table(name):
        return Loaded(*load(name, trust), (name,))
    source, found = read(name, trust)
    if source is None:
        return Loaded(None, found, (name,))
    return _compiled(source, trust)


def retrace(before: Loaded, trust: Trust = whoever) -> Loaded | None:
    """As `trace`, sooner: `before` itself if nothing was edited, and what a few plain lines in one place make of it.

    That has no hash of the text, and what is doubtful is not looked for. None: only `trace` tells.
    """
    sources = bulk(before.program.rules.sorts).runs.sources if before.program else ()
    if before.program is None or before.patterns or {each.name for each in sources} != set(before.names):
        return None
    edited: list[tuple[Source, Source]] = []
    for old in sources:
        new, _ = read(old.name, trust)
        if new is None:
            return None
        if new.text != old.text:
            edited.append((old, new))
    if not edited:
        return before
    program = amend(before.program, *edited[0]) if len(edited) == 1 else None
    return Loaded(program, (), before.names) if program else None


def keep(program: Program, path: Path) -> None:
    """Writes the table of the program, flushed, for its owner alone: passwords may be in it.

    Raises OSError, ValueError.
    """
    replace(path, store(program), 0o600)


def _is_table(name: str) -> bool:
    try:
        return is_table(name)
    except (OSError, ValueError):
        return False  # reading it will tell why


def _compiled(source: Source, trust: Trust) -> Loaded:
    asked: dict[str, None] = {source.name: None}
    texts = {source.name: source.text}
    from_disk = reader(source, trust)

    def noted(pattern: str, beside: Source) -> Sequence[Source]:
        asked[os.path.normpath(Path(beside.name).parent / pattern)] = None
        sources = from_disk(pattern, beside)
        asked.update(dict.fromkeys(each.name for each in sources))
        texts.update({each.name: each.text for each in sources})
        return sources

    program, found = compile(source, noted)
    patterns = tuple(each for each in asked if each not in texts and has_magic(each))
    return Loaded(program, found, tuple(each for each in asked if each not in patterns), patterns, _hashed(texts))


def _hashed(texts: dict[str, str]) -> str:
    hashed = hashlib.sha256()
    for name, text in sorted(texts.items()):
        for each in (name, text):
            data = each.encode("utf-8", "surrogateescape")
            hashed.update(len(data).to_bytes(8, "big") + data)
    return hashed.hexdigest()
