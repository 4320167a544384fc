"""Which quote of a line is the lonely one."""

from collections.abc import Iterator, Sequence

from sortlang.syntax.grammar import lexer
from sortlang.syntax.lexeme import Lexeme


def paired_anew(lexemes: Sequence[Lexeme]) -> list[Lexeme]:
    """Lines whose quotes do not pair up, read again so that the string which swallowed a `;` is the unclosed one.

    `user "a; password "b";` has its mistake at `"a`, not at the last quote; and the password is still a password.
    """
    anew: list[Lexeme] = []
    for lexeme in lexemes:
        anew.append(lexeme)
        if lexeme.type != "UNCLOSED":
            continue
        text = lexeme.page.source.text
        line = text.rfind("\n", 0, lexeme.start) + 1
        index = _suspect(anew, line)
        if index is not None:
            suspect = anew[index]
            stop = text.index(";", suspect.start)
            anew[index:] = [suspect._replace(type="UNCLOSED", end=stop), *_again(lexeme, stop)]
    return anew


def _suspect(lexemes: Sequence[Lexeme], line: int) -> int | None:
    """The first string of the line, which begins at offset `line`, that holds a `;`."""
    found = None
    for index in range(len(lexemes) - 1, -1, -1):
        if lexemes[index].start < line:
            break
        if lexemes[index].type == "STRING" and ";" in lexemes[index].text:
            found = index
    return found


def _again(last: Lexeme, start: int) -> Iterator[Lexeme]:
    """The lexemes from `start` to the end of `last`; a comment among them was none as the line was first read."""
    for match in lexer().finditer(last.page.source.text, start, last.end):
        name = match.lastgroup or "JUNK"
        if name != "COMMENT":
            yield Lexeme(name, *match.span(name), last.page)
