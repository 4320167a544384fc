"""Pairs: what stands on two shelves, file by file, as programs."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from posixpath import basename, dirname, join, normpath, realpath, relpath

from sortlang.compile import compile_quietly
from sortlang.diagnostic import Diagnostics
from sortlang.doors.disk import Disk
from sortlang.doors.git import GitFailed, Revision, fork, top_of
from sortlang.doors.shelf import Shelf, reader
from sortlang.files import is_table, load, unreadable
from sortlang.frozen import frozen
from sortlang.program import Program
from sortlang.source import Source
from sortlang.syntax.parse import parse


class Unusable(Exception):
    """Why there is nothing to compare, in a clause."""


@frozen
class Pair:
    """The same file on both sides; None where a side has none."""

    old: "Shelved | None"
    new: "Shelved | None"


@frozen
class Shelved:
    """A file of one side, by the name people read, and what it compiles to; without a program `found` has errors."""

    name: str
    program: Program | None
    found: Diagnostics = ()


def of_paths(paths: tuple[str, ...]) -> list[Pair]:
    """Two files, or the files of two directories by their names; raises Unusable."""
    if len(paths) != 2:
        raise Unusable("say OLD and NEW, or --git REV")
    kinds = {Path(each).is_dir() for each in paths}
    if len(kinds) == 2:
        raise Unusable("OLD and NEW are a file and a directory")
    old, new = map(Disk.at, paths)
    if kinds == {True}:
        return list(_matched(old, new))
    return [_pair(old, old.paths[0], new, new.paths[0])]


def of_git(revisions: str, paths: tuple[str, ...]) -> list[Pair]:
    """What the paths are in a revision and now, or in two; raises GitFailed, Unusable."""
    top = top_of(paths[0] if paths else ".")
    inside = tuple(_inside(each, top) for each in paths or (".",))
    old, dots, new = revisions.partition("...") if "..." in revisions else revisions.partition("..")
    one, other = old or "HEAD", new or "HEAD"
    if dots == "...":
        one = _fork(top, one, other)
    before: Shelf = Revision.at(top, one, inside)
    after: Shelf = Revision.at(top, other, inside) if dots else Disk(top, inside)
    if not _there(before) and not _there(after):
        raise Unusable(f"there is no rules file in {', '.join(paths) or 'this folder'}")
    return list(_matched(before, after))


def _there(shelf: Shelf) -> list[str]:
    """The rules files; a path that is gone from disk is none."""
    if isinstance(shelf, Disk):
        return [each for each in shelf.rules() if Path(shelf.root, each).exists()]
    return shelf.rules()


def _fork(top: str, one: str, other: str) -> str:
    found = fork(top, one, other)
    if not found:
        raise GitFailed(f"`{one}` and `{other}` have nothing in common")
    return found[:12]


def _inside(path: str, top: str) -> str:
    """The path as it is named from the top of the repository."""
    real = join(realpath(dirname(path) or "."), basename(path))
    return relpath(normpath(real), realpath(top))


def _matched(old: Shelf, new: Shelf) -> Iterator[Pair]:
    """By name; one file left on each side is the same one, renamed."""
    before, after = _roots(old), _roots(new)
    for name in sorted(before & after):
        yield _pair(old, name, new, name)
    gone, come = sorted(before - after), sorted(after - before)
    if len(gone) == len(come) == 1:
        yield _pair(old, gone[0], new, come[0])
        return
    yield from (Pair(_program(old, name), None) for name in gone)
    yield from (Pair(None, _program(new, name)) for name in come)


def _roots(shelf: Shelf) -> set[str]:
    """The files that no other one includes, by whatever name: each is a program, what it includes is part of it."""
    read = reader(shelf)
    sources = {name: _source(shelf, name) for name in _there(shelf)}
    parts: set[int] = set()
    for source in filter(None, sources.values()):
        for pattern in _included(source):
            with suppress(OSError):  # a finding, once the file is compiled
                parts |= {id(each) for each in read(pattern, source)}
    return {name for name, source in sources.items() if id(source) not in parts}


def _included(source: Source) -> Iterator[str]:
    if "include" not in source.text:
        return
    for each in parse(source)[0].statements:
        if each.keyword.text == "include" and each.shape == "setting":
            yield from (item.values[0].text for item in each.left)


def _source(shelf: Shelf, name: str) -> Source | None:
    try:
        return shelf.source(name)
    except OSError:
        return None


def _pair(old: Shelf, old_file: str, new: Shelf, new_file: str) -> Pair:
    return Pair(_program(old, old_file), _program(new, new_file))


def _program(shelf: Shelf, name: str) -> Shelved:
    """A file of the shelf, or a table on disk."""
    shown = f"{shelf.label}{name}"
    if isinstance(shelf, Disk) and is_table(path := join(shelf.root, name)):
        return Shelved(shown, *load(path))
    try:
        source = shelf.source(name)
    except OSError as why:
        return Shelved(shown, None, (unreadable(shown, why),))
    return Shelved(shown, *compile_quietly(source, reader(shelf)))
