"""What header fields are made of: text, quoted strings, comments."""

import re
from collections.abc import Iterator
from typing import Literal

from sortlang.frozen import frozen


@frozen
class Piece:
    """`stray` is a `"` or `(` that is never closed."""

    kind: Literal["text", "quoted", "comment", "stray"]
    text: bytes


def pieces(value: bytes) -> Iterator[Piece]:
    """The pieces of an unfolded field value in order, nothing left out; linear, never raises (RFC 5322 §3.2).

    A quote right behind a letter opens nothing: `bad"quote` is a word with a quote in it.
    """
    at, hopeless = 0, b""
    while opener := _OPENER.search(value, at):
        begin = opener.start()
        end = -1 if opener[0] in hopeless else _end(value, begin)
        if begin > at:
            yield Piece("text", value[at:begin])
        if end < 0:
            # Nothing further on can close it either: looking once for each kind keeps this linear.
            hopeless += opener[0]
            end = begin + 1
            yield Piece("stray", opener[0])
        else:
            yield Piece("quoted" if opener[0] == b'"' else "comment", value[begin:end])
        at = end
    if at < len(value):
        yield Piece("text", value[at:])


_OPENER = re.compile(rb'\(|(?<![^\s,;:<>().@"])"')
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_COMMENT_MARK = re.compile(rb"\\.|[()]", re.DOTALL)


def _end(value: bytes, begin: int) -> int:
    """Where the quoted string or comment that begins here ends, or -1."""
    if value[begin : begin + 1] == b"(":
        return _comment_end(value, begin)
    quoted = _QUOTED.match(value, begin)
    return quoted.end() if quoted else -1


def _comment_end(value: bytes, begin: int) -> int:
    depth = 0
    for mark in _COMMENT_MARK.finditer(value, begin):
        depth += {b"(": 1, b")": -1}.get(mark[0], 0)
        if depth == 0:
            return mark.end()
    return -1
