"""An allowance: a finding that a comment says is meant to be."""

import re
from collections.abc import Iterator

from sortlang.frozen import frozen
from sortlang.source import Source, Span
from sortlang.syntax.tree import Comment, Tree

_ORDER = re.compile(r"#\s*sortlang:\s*allow\s+(?P<names>[\w-]+(?:\s*,\s*[\w-]+)*)\s*(?:--.*)?")
_NAME = re.compile(r"[\w-]+")


@frozen
class Allowance:
    """One name of a `# sortlang: allow NAME, …`. `line` is that on which it holds; `names` has the places of them all.

    Without names the comment is not understood, and `span` is the whole of it.
    """

    name: str
    span: Span
    comment: Comment
    line: int
    names: tuple[Span, ...] = ()


def allowances(tree: Tree) -> Iterator[Allowance]:
    """Those of a file, in their order."""
    for comment in tree.comments:
        if comment.is_order:
            yield from _of(comment)


def _of(comment: Comment) -> Iterator[Allowance]:
    order = _ORDER.fullmatch(comment.text)
    line = _line(comment.span)
    if not order:
        yield Allowance("", comment.span, comment, line)
        return
    start, source = comment.span.start, comment.span.source
    found = _NAME.finditer(comment.text, order.start("names"), order.end("names"))
    names = tuple(Span(source, start + each.start(), start + each.end()) for each in found)
    yield from (Allowance(each.text, each, comment, line, names) for each in names)


def _line(span: Span) -> int:
    """Its own line if a statement stands there, otherwise the next one that is no comment."""
    number = span.line
    if not alone(span):
        return number
    while span.source.line(number).lstrip(" \t\ufeff").startswith("#"):
        number += 1
    return number


def alone(span: Span) -> bool:
    """Whether a comment has its line to itself."""
    return not before(span.source, span.start).strip(" \t\ufeff")


def before(source: Source, place: int) -> str:
    """What stands before a place in its line."""
    return source.text[source.text.rfind("\n", 0, place) + 1 : place]
