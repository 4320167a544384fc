"""Text to lexemes: total, whatever the text."""

from collections.abc import Iterator
from itertools import chain, islice

from sortlang.diagnostic import Diagnostics
from sortlang.frozen import frozen
from sortlang.source import Source, Span
from sortlang.syntax.control import MOST, controls
from sortlang.syntax.grammar import lexer
from sortlang.syntax.lexeme import Lexeme, Page
from sortlang.syntax.quotes import paired_anew
from sortlang.syntax.strings import bad_escapes
from sortlang.syntax.tree import Comment

_BLANK = " \t\r\n"


@frozen
class Lexis:
    """All lexemes of a file in their order, its comments, and what is wrong with single characters."""

    page: Page
    lexemes: list[Lexeme]
    comments: tuple[Comment, ...]
    found: Diagnostics


def lex(source: Source, runs: bool = False) -> Lexis:
    """Linear in the text; every character is white space, in a comment or in exactly one lexeme.

    With `runs`, plain arrows below each other are one lexeme, `RUN`, but for one that has a description.
    """
    page = Page(source)
    lexemes: list[Lexeme] = []
    comments: list[Comment] = []
    for match in lexer(runs).finditer(source.text, 0, _end(source.text)):
        name = match.lastgroup or "JUNK"
        start, end = match.span(name)
        if name == "COMMENT":
            text = source.text[start:end].rstrip(" \t")
            comments.append(Comment(text, Span(source, start, start + len(text))))
        else:
            lexemes.append(Lexeme(name, start, end, page))
    plain = [(each.start, each.end) for each in lexemes if each.type == "RUN"]
    found = controls(source, plain)
    page.dirty = bool(found)
    if any(each.type == "UNCLOSED" for each in lexemes):
        lexemes = paired_anew(lexemes)
    page.descriptions.update(_descriptions(source.text, comments))
    if plain and page.descriptions:
        lexemes = list(chain.from_iterable(map(_without_described, lexemes)))
    return Lexis(page, lexemes, tuple(comments), found + _escapes(source, lexemes))


def some(source: Source, start: int, end: int) -> list[Lexeme]:
    """The lexemes of some lines alone; no lexeme goes on in another line."""
    return _some(Page(source), start, end)


def unrolled(run: Lexeme) -> list[Lexeme]:
    """The lexemes that a `RUN` stands for."""
    return _some(run.page, run.start, run.end)


def _some(page: Page, start: int, end: int) -> list[Lexeme]:
    named = ((each.lastgroup or "JUNK", each) for each in lexer().finditer(page.source.text, start, end))
    return [Lexeme(name, *match.span(name), page) for name, match in named if name != "COMMENT"]


def _end(text: str) -> int:
    """Where the white space at the end begins, which would be searched anew from each of its characters."""
    end = len(text)
    while end and text[end - 1] in _BLANK:
        end -= 1
    return end


def _without_described(lexeme: Lexeme) -> Iterator[Lexeme]:
    """A run, its first line apart if that has a description."""
    if lexeme.type == "RUN" and lexeme.start in lexeme.page.descriptions:
        below = lexeme.page.source.text.find("\n", lexeme.start, lexeme.end) + 1 or lexeme.end
        yield from unrolled(lexeme._replace(end=below))
        lexeme = lexeme._replace(start=below)
    if lexeme.start < lexeme.end:
        yield lexeme


def _escapes(source: Source, lexemes: list[Lexeme]) -> Diagnostics:
    if "\\" not in source.text:
        return ()
    found = (bad for each in lexemes if each.type == "STRING" for bad in bad_escapes(each.span))
    return tuple(islice(found, MOST))


def _descriptions(text: str, comments: list[Comment]) -> Iterator[tuple[int, str]]:
    """For each block of comment lines, the offset at which a statement right below it begins, and what it says."""
    lines: list[str] = []
    below = -1
    for comment in comments:
        line = text.rfind("\n", 0, comment.span.start) + 1
        if text[line : comment.span.start].strip(" \t\ufeff"):
            continue  # it stands behind a statement
        if comment.span.start != below:
            yield below, "\n".join(lines)
            lines = []
        if not comment.is_order:
            lines.append(said(comment))
        below = _next_line(text, comment.span.end)
    yield below, "\n".join(lines)


def said(comment: Comment) -> str:
    """A comment without its `#` and the space after it."""
    return comment.text[1:].removeprefix(" ").rstrip()


def _next_line(text: str, end: int) -> int:
    """Where the line below begins, past its indentation."""
    start = text.find("\n", end) + 1
    while start and start < len(text) and text[start] in " \t":
        start += 1
    return start or len(text)
