"""Tuples of strings as a getmailrc writes them, in Python."""

import ast
import warnings
from collections.abc import Iterator, Sequence

from sortlang.importers.settings import Text
from sortlang.source import Span

MOST = 200_000


def strings(value: Text) -> list[Text]:
    """All strings in a tuple, or in tuples of tuples, in their order; a value that is no tuple is one string."""
    tree = _parsed(value)
    if tree is None:
        return [value] if value.text[:1] not in ("(", "[") else []
    return list(_strings(tree, value, _rows(value)))


def pairs(value: Text) -> list[tuple[Text, Text]] | None:
    """Pairs of strings; one pair alone may stand for a tuple of one. None when it is something else."""
    tree = _parsed(value)
    if not isinstance(tree, ast.Tuple | ast.List):
        return None
    rows = _rows(value)
    found = [list(_strings(each, value, rows)) for each in tree.elts]
    if len(found) == 2 and all(isinstance(each, ast.Constant) for each in tree.elts):
        return [(found[0][0], found[1][0])] if found[0] and found[1] else None
    if any(len(each) != 2 for each in found):
        return None
    return [(each[0], each[1]) for each in found]


def _parsed(value: Text) -> ast.expr | None:
    if value.text[:1] not in ("(", "[") or len(value.text) > MOST:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\D" in a string is one backslash to getmail, too
            return ast.parse(value.text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _strings(tree: ast.expr, value: Text, rows: Sequence[tuple[int, bytes]]) -> Iterator[Text]:
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        yield Text(tree.value, _span(tree, value, rows))
    elif isinstance(tree, ast.Tuple | ast.List):
        for each in tree.elts:
            yield from _strings(each, value, rows)


def _rows(value: Text) -> list[tuple[int, bytes]]:
    """The lines of a value, each with its place in the source; none where the two differ."""
    start = value.span.text.find(value.text)
    if start < 0:
        return []
    rows, place = [], value.span.start + start
    for line in value.text.split("\n"):
        rows.append((place, line.encode("utf-8", "replace")))
        place += len(line) + 1
    return rows


def _span(tree: ast.expr, value: Text, rows: Sequence[tuple[int, bytes]]) -> Span:
    """Where a string stands; the parser counts lines and bytes."""
    if not rows:
        return value.span
    place, line = rows[tree.lineno - 1]
    before, string = line[: tree.col_offset], line[tree.col_offset : tree.end_col_offset]
    start = place + len(before.decode("utf-8", "replace"))
    return Span(value.span.source, start, start + max(1, len(string.decode("utf-8", "replace"))))
