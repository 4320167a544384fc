"""A Shelf: where a set of rules files stands, on disk or in a revision."""

from collections.abc import Sequence
from glob import has_magic
from posixpath import dirname, join, normpath
from typing import Protocol

from sortlang.reading import Reader
from sortlang.source import Source


class Shelf(Protocol):
    """Files by their names below one root, so that two shelves can be held against each other.

    `label` goes before a name where people read it: `old/`, `main:`.
    """

    @property
    def label(self) -> str:
        """What tells the shelf from another."""

    def rules(self) -> list[str]:
        """The names of all rules files that are meant, sorted."""

    def named(self, pattern: str) -> list[str]:
        """The names of the files that a pattern names, sorted; itself if it has no `*`, `?` or `[`."""

    def source(self, name: str) -> Source:
        """The text of a file, always the same Source for the same file; raises OSError."""


def reader(shelf: Shelf) -> Reader:
    """Reads what files on the shelf include."""

    def read(pattern: str, source: Source) -> Sequence[Source]:
        found = [shelf.source(name) for name in shelf.named(normpath(join(dirname(source.name), pattern)))]
        return [each for each in found if each is not source] if has_magic(pattern) else found

    return read
