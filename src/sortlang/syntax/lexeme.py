"""A lexeme: a terminal of the grammar and where it stands on its page."""

from dataclasses import dataclass, field
from typing import NamedTuple

from sortlang.source import Source, Span
from sortlang.syntax.control import without_controls


@dataclass(slots=True)
class Page:
    """What all lexemes of one file share, complete when all of them are read.

    `descriptions` has, for each offset right below a block of comment lines, what they say.
    `dirty`: somewhere there are control characters, which values leave out (the finding is made elsewhere).
    """

    source: Source
    dirty: bool = False
    descriptions: dict[int, str] = field(default_factory=dict)


class Lexeme(NamedTuple):
    """`type` is the name of a terminal; the parser asks for no more."""

    type: str
    start: int
    end: int
    page: Page

    @property
    def text(self) -> str:
        """The text as written, but for control characters."""
        text = self.page.source.text[self.start : self.end]
        return without_controls(text) if self.page.dirty else text

    @property
    def span(self) -> Span:
        return Span(self.page.source, self.start, self.end)

    @property
    def first(self) -> bool:
        """Whether nothing but white space stands before it in its line."""
        text, before = self.page.source.text, self.start - 1
        while before >= 0 and text[before] in " \t\ufeff":
            before -= 1
        return before < 0 or text[before] == "\n"
