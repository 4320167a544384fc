"""A Piece: a statement or a comment of a file, and what it says."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import field

from sortlang.frozen import frozen
from sortlang.mistake import Mistake
from sortlang.pattern import InvalidPattern, Pattern
from sortlang.settings import BY_NAME
from sortlang.syntax.tree import Comment, Item, Statement, Tree

Key = tuple[object, ...]
"""What one answer is about: `("sort", block, "*@ex.com")`. Two answers for one key are what a conflict is."""


@frozen
class Atom:
    """One thing that a piece says: about what, and what. `item`: which of several on the left says it."""

    key: Key
    value: object
    item: int | None = None


@frozen
class Piece:
    """What stands at `[start, end)` of `text`: whole lines, if nothing else stands there, with the comments above.

    `body`: where the statement itself stands. `inside`: the pieces of a block.
    """

    text: str = field(repr=False)
    start: int
    end: int
    atoms: tuple[Atom, ...]
    statement: Statement | None = None
    inside: tuple["Piece", ...] = ()

    @property
    def chunk(self) -> str:
        """All of it."""
        return self.text[self.start : self.end]

    @property
    def body(self) -> tuple[int, int]:
        """Without the comments above it and behind it."""
        span = self.statement.span if self.statement else None
        return (span.start, span.end) if span else (self.start, self.end)

    @property
    def is_block(self) -> bool:
        return self.statement is not None and self.statement.shape == "block"

    @property
    def whole_lines(self) -> bool:
        """Whether nothing else stands on its lines."""
        return self.chunk.endswith("\n") or self.end == len(self.text)


def pieces(tree: Tree) -> tuple[Piece, ...]:
    """All pieces of a file, in order; comments that stand alone are pieces, too."""
    return tuple(_level(tree.source.text, tree.statements, tree.comments, (), 0, len(tree.source.text)))


def _level(
    text: str, statements: Sequence[Statement], comments: Sequence[Comment], block: Key, start: int, end: int
) -> Iterator[Piece]:
    """The pieces between two places, comments that belong to none of the statements among them."""
    found = [_piece(text, each, comments, block) for each in statements]
    starts = [each.start for each in found]
    alone = [each for each in comments if start <= each.span.start < end and _outside(each.span.start, found, starts)]
    yield from sorted((*found, *_free(text, alone, block)), key=lambda each: each.start)


def _outside(place: int, found: Sequence[Piece], starts: Sequence[int]) -> bool:
    """Whether none of the pieces, which follow one another, holds the place."""
    before = bisect_right(starts, place)
    return not before or found[before - 1].end <= place


def _piece(text: str, statement: Statement, comments: Sequence[Comment], block: Key) -> Piece:
    start, end = _chunk(text, statement.span.start, statement.span.end)
    if statement.shape != "block":
        return Piece(text, start, end, tuple(_atoms(statement, block)), statement)
    key = (*block, statement.keyword.text, *_texts(statement.left))
    first = text.find("<", statement.keyword.span.end), text.find("{", statement.keyword.span.end)
    opened = statement.left[-1].span.end if statement.left else min(each for each in first if each >= 0)
    inside = tuple(_level(text, statement.block, comments, key, opened, statement.span.end))
    return Piece(text, start, end, (Atom(("block", *key), True),), statement, inside)


def _atoms(statement: Statement, block: Key) -> Iterator[Atom]:
    word = statement.keyword.text
    if statement.shape == "arrow":
        value: object = tuple(map(_values, statement.right)) if word == "transport" else _texts_of(statement.right)
        for index, item in enumerate(statement.left):
            yield Atom((word, block, *_left(item)), value, index)
    elif statement.shape == "group":
        yield Atom((word, block, _texts(statement.left)), _texts_of(statement.right))
    elif word == "include":
        yield from (Atom((word, block, _values(item)), True, index) for index, item in enumerate(statement.left))
    else:
        yield Atom(("setting", block, word, *_facets(statement)), tuple(map(_values, statement.left)))


def _left(item: Item) -> tuple[str, ...]:
    """The pattern as it is compared; what else stands there as it is."""
    *words, last = _values(item)
    try:
        return (*words, str(Pattern.parse(last)))
    except InvalidPattern:
        return (*words, last.lower())


def _facets(statement: Statement) -> tuple[str, ...]:
    """The things a setting speaks of: `limit 100` and `limit 10MB` are two settings."""
    setting = BY_NAME.get(statement.keyword.text)
    try:
        return tuple(sorted(setting.read(statement))) if setting else ()
    except Mistake:
        return ()


def _values(item: Item) -> tuple[str, ...]:
    return tuple(each.text for each in item.values)


def _texts(items: Sequence[Item]) -> tuple[tuple[str, ...], ...]:
    return tuple(map(_values, items))


def _texts_of(items: Sequence[Item]) -> frozenset[tuple[str, ...]]:
    return frozenset(map(_values, items))


def _free(text: str, comments: Sequence[Comment], block: Key) -> Iterator[Piece]:
    """Comments that stand alone, those on neighbouring lines together."""
    start, end = -1, -1
    for each in comments:
        first, last = _line(text, each.span.start, each.span.end)
        if first > end >= 0 or (end >= 0 and text[end - 1 : end] != "\n"):
            yield _comment(text, start, end, block)
            start = -1
        start, end = (first if start < 0 else start), last
    if start >= 0:
        yield _comment(text, start, end, block)


def _comment(text: str, start: int, end: int, block: Key) -> Piece:
    said = tuple(line.strip() for line in text[start:end].splitlines())
    return Piece(text, start, end, (Atom(("comment", block, said), True),))


def _chunk(text: str, start: int, end: int) -> tuple[int, int]:
    """A statement with its line end, the comment behind it, and those right above it."""
    first, last = _line(text, start, end)
    while first == text.rfind("\n", 0, start) + 1 and first > 0:
        above = text.rfind("\n", 0, first - 1) + 1
        if not text[above:first].lstrip().startswith("#"):
            break
        first, start = above, above
    return first, last


def _line(text: str, start: int, end: int) -> tuple[int, int]:
    """From the start of the line and to its end, as far as no statement stands there."""
    line = text.rfind("\n", 0, start) + 1
    first = line if not text[line:start].strip(" \t\ufeff") else start
    close = text.find("\n", end)
    close = len(text) if close < 0 else close + 1
    rest = text[end:close].strip()
    alone = first == line and (not rest or rest.startswith("#"))
    return first, close if alone else (end + len(text[end:close].rstrip()) if rest.startswith("#") else end)
