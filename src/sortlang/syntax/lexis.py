"""Text to lexemes: total, whatever the text."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sortlang.diagnostic import Diagnostics
from sortlang.source import Source, Span
from sortlang.syntax.control import MOST, controls
from sortlang.syntax.grammar import lexer
from sortlang.syntax.lexeme import Lexeme, Page
from sortlang.syntax.quotes import paired_anew
from sortlang.syntax.strings import bad_escapes
from sortlang.syntax.tree import Comment

_BLANK = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Lexis:
    """All lexemes of a file in their order, its comments, and what is wrong with single characters."""

    page: Page
    lexemes: list[Lexeme]
    comments: tuple[Comment, ...]
    found: Diagnostics


def lex(source: Source) -> Lexis:
    """Linear in the text; every character is white space, in a comment or in exactly one lexeme."""
    found = controls(source)
    page = Page(source, dirty=bool(found))
    lexemes: list[Lexeme] = []
    comments: list[Comment] = []
    # White space at the very end would be searched anew from each of its characters.
    for match in lexer().finditer(source.text, 0, len(source.text.rstrip(_BLANK))):
        name = match.lastgroup or "JUNK"
        start, end = match.span(name)
        if name == "COMMENT":
            text = source.text[start:end].rstrip(" \t")
            comments.append(Comment(text, Span(source, start, start + len(text))))
        else:
            lexemes.append(Lexeme(name, start, end, page))
    if any(each.type == "UNCLOSED" for each in lexemes):
        lexemes = paired_anew(lexemes)
    page.descriptions.update(_descriptions(source.text, comments))
    return Lexis(page, lexemes, tuple(comments), found + _escapes(source, lexemes))


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
