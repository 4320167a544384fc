"""The text of a rules file, and places in it."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from sortlang.frozen import frozen


@dataclass(frozen=True)
class Source:
    """One file as it was read: `name` as the user wrote it, `text` without BOM."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def starts(self) -> Sequence[int]:
        """The offset at which each line starts."""
        return array("Q", chain((0,), (each.end() for each in re.finditer("\n", self.text))))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def place(self, offset: int, after: int = 0, before: int | None = None) -> str:
        """`FILE:LINE` of an offset, as logs and trace headers name a rule.

        To look at fewer lines: it is known to be in a line after that one, and not in one behind `before`.
        """
        return f"{self.name}:{bisect_right(self.starts, offset, after, before)}"

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its line end; empty past the end."""
        if number > len(self.starts):
            return ""
        start = self.starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r")


@frozen
class Span:
    """A stretch of a source: offsets `[start, end)` into its text."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def place(self) -> str:
        """`FILE:LINE` of its start."""
        return self.source.place(self.start)

    def __str__(self) -> str:
        line, column = self.source.position(self.start)
        return f"{self.source.name}:{line}:{column}"

    def to(self, other: "Span") -> "Span":
        """From the start of this span to the end of `other`, in the same source."""
        return Span(self.source, self.start, other.end)
