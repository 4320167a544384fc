"""Removal: the fix that takes a rule or a group out of the text."""

from bisect import bisect_left
from collections.abc import Sequence

from sortlang.diagnostic import Fix
from sortlang.source import Source, Span
from sortlang.syntax.lexeme import Lexeme
from sortlang.syntax.lexis import some

_EDGES = frozenset({"END", "LESS", "MORE", "LEFT", "RIGHT"})
"""What a statement stands between."""

_NEAR = 2000
"""Characters before and behind a place that are looked at first."""

_ENDS_LEFT = frozenset({"ARROW", "EQUALS"})


def removal(span: Span) -> Fix:
    """Takes out what stands at the span on the left of a statement: one of its items, or the whole statement."""
    lexemes = _around(span)
    place = bisect_left(lexemes, span.start, key=lambda each: each.start)
    first = next(index for index in range(place, -1, -1) if not index or lexemes[index - 1].type in _EDGES)
    last = next((at for at in range(place, len(lexemes)) if lexemes[at].type == "END"), len(lexemes) - 1)
    item = _item(lexemes, place, first + 1)
    return Fix.of(f"remove `{span.text}`", item, "") if item else _statement(lexemes[first], lexemes[last])


def _around(span: Span) -> Sequence[Lexeme]:
    """The lexemes of the lines around a place, as many as it takes to have the whole statement among them."""
    text, wide = span.source.text, _NEAR
    while True:
        start = text.rfind("\n", 0, max(0, span.start - wide)) + 1
        end = text.find("\n", span.end + wide) + 1 or len(text)
        lexemes = some(span.source, start, end)
        begun = not start or any(each.type in _EDGES and each.end <= span.start for each in lexemes)
        ended = end == len(text) or any(each.type == "END" and each.start >= span.end for each in lexemes)
        if begun and ended:
            return lexemes
        wide *= 8


def _item(lexemes: Sequence[Lexeme], place: int, first: int) -> Span | None:
    """An item with one of the commas beside it; None if it is the only one."""
    source = lexemes[place].page.source
    if lexemes[place + 1].type == "COMMA":
        return Span(source, lexemes[place].start, lexemes[place + 2].start)
    return Span(source, lexemes[place - 2].end, lexemes[place].end) if place > first else None


def _statement(first: Lexeme, last: Lexeme) -> Fix:
    """A statement, with its line if nothing else stands there, and with the description that would become another's."""
    source = first.page.source
    start, end = first.start, last.end
    line_start = source.text.rfind("\n", 0, start) + 1
    line_end = source.text.find("\n", end)
    line_end = len(source.text) if line_end < 0 else line_end + 1
    if not source.text[line_start:start].strip() and not source.text[end:line_end].strip():
        start = _description(source, line_start, line_end)
        end = _blank_line(source, start, line_end)
    return Fix.of("remove the statement", Span(source, start, end), "")


def _blank_line(source: Source, start: int, end: int) -> int:
    """Where the blank line below ends, if there is one above, too, or nothing."""
    below = source.text.find("\n", end) + 1
    alone = not start or source.text[:start].endswith(("\n\n", "\n\r\n"))
    return below if alone and below and not source.text[end:below].strip() else end


def _description(source: Source, start: int, end: int) -> int:
    """Where the comment above begins, if no other statement follows below; otherwise it may speak of that, too."""
    if source.line(source.position(end)[0]).strip() and end < len(source.text):
        return start
    number = source.position(start)[0]
    while number > 1 and source.line(number - 1).lstrip().startswith("#"):
        number -= 1
        start = source.text.rfind("\n", 0, start - 1) + 1
    return start
