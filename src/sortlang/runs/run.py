"""A run: plain arrows, one below the other, as they lie in the text."""

import re
from collections.abc import Iterable
from itertools import accumulate

from sortlang.source import Source, Span
from sortlang.syntax.tree import Item, Kind, Statement, Value

# What is `RUN` in the grammar is taken apart by these; they need not tell it from anything else. It is ASCII alone, in
# normal form: `sort "a@b" -> "c@d";`, quoted or not, with any `*`, nothing before it in its line and nothing behind it.

Columns = tuple[list[bytes], list[bytes], list[bytes], list[bytes], list[bytes]]
"""The words of the lines, local parts and domains of the left sides, local parts and domains of the right sides."""

SHORT, LONGEST = 192, 1024
"""Most plain lines are no longer than the one, none is longer than the other."""

LINE = re.compile(
    r'(?P<word>[a-z]+) (?P<quote>"?)(?P<left>[^"@]+@[^" ]+)"? +-> (?P<other>"?)(?P<right>[^"@]+@[^";]+)"?;'
)
_MARKS = bytes.maketrans(b'"@;', b"   ")


def columns(lines: str) -> Columns:
    """What the lines say."""
    pieces = lines.encode("ascii").translate(_MARKS).split()
    return pieces[::6], pieces[1::6], pieces[2::6], pieces[4::6], pieces[5::6]


def sides(lines: str) -> tuple[list[str], list[str]]:
    """Left and right sides, each whole."""
    pieces = lines.replace('"', " ").replace(";", " ").split()
    return pieces[1::4], pieces[3::4]


def starts(rows: Iterable[str], begin: int) -> list[int]:
    """Where each of some lines, with their line ends, begins if the first one does at `begin`."""
    places = list(accumulate(map(len, rows), initial=begin))
    places.pop()
    return places


def statement(source: Source, start: int) -> Statement:
    """What the parser makes of the plain line that begins there."""
    found = LINE.match(source.text, start)
    assert found
    keyword = Value("word", found["word"], Span(source, *found.span("word")))
    left = _item(source, bool(found["quote"]), found["left"], *found.span("left"))
    right = _item(source, bool(found["other"]), found["right"], *found.span("right"))
    return Statement("arrow", keyword, (left,), (right,), span=Span(source, start, found.end()))


def _item(source: Source, quoted: bool, text: str, start: int, end: int) -> Item:
    kind: Kind = "string" if quoted else "pattern" if "*" in text else "address"
    span = Span(source, start - quoted, end + quoted)
    return Item((Value(kind, text, span),), span)
