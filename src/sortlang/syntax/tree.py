"""The Tree: what a file says, by shape alone, comments included."""

from dataclasses import field
from typing import Literal

from sortlang.frozen import frozen
from sortlang.source import Source, Span

Kind = Literal["string", "word", "number", "size", "duration", "time", "address", "pattern"]
"""What a value looks like: `"…"` · limit · 100 · 25MB · 1h30m · 06:00 · a@ex.com · `*@ex.com`, `*`."""


@frozen
class Value:
    """One value: `text` with quotes and escapes resolved. A string may stand for any kind."""

    kind: Kind
    text: str
    span: Span = field(compare=False, repr=False)


@frozen
class Item:
    """One or more values between commas: `maildir "a/{local}"`."""

    values: tuple[Value, ...]
    span: Span = field(compare=False, repr=False)


Shape = Literal["setting", "block", "arrow", "group"]
"""`word item, … ;` · `word item, … < … >` · `word item, … -> item, … ;` · `word item = item, … ;`"""


@frozen
class Statement:
    """A statement or a setting; which one it is, the resolver knows.

    `left` are the items after the keyword, `right` those after `->` or `=`, `block` what stands between the brackets.
    `description` is the comment directly above, without its `#`.
    """

    shape: Shape
    keyword: Value
    left: tuple[Item, ...]
    right: tuple[Item, ...] = ()
    block: tuple["Statement", ...] = ()
    span: Span = field(compare=False, repr=False, kw_only=True)
    description: str = field(compare=False, default="", kw_only=True)


@frozen
class Comment:
    """A comment, from its `#` to the end of the line, without blanks there."""

    text: str
    span: Span = field(compare=False, repr=False)

    @property
    def is_order(self) -> bool:
        """Whether it speaks to the tools, and not to people: `# sortlang: allow literal-password`."""
        return self.text[1:].lstrip().startswith("sortlang:")


@frozen
class Tree:
    """A whole file. What lies in `runs`, offsets `(start, end)` of plain arrows, is not among the statements."""

    source: Source = field(compare=False)
    statements: tuple[Statement, ...]
    comments: tuple[Comment, ...] = ()
    runs: tuple[tuple[int, int], ...] = ()
