"""What the grammar's rules make of lexemes: Values, Items, Statements."""

from collections.abc import Container
from typing import Any, cast

from lark import Transformer

from sortlang.source import Span
from sortlang.syntax.keywords import ACCESS, ENTERED, KEYWORDS, SETTINGS
from sortlang.syntax.lexeme import Lexeme
from sortlang.syntax.strings import unquoted
from sortlang.syntax.tree import Item, Kind, Shape, Statement, Value

Items = tuple[Item, ...]


class Fused(Exception):
    """A word that begins a line and a statement stands among values: the statement before it has no end."""


class Shapes(Transformer[Lexeme, list[Statement]]):
    """Called by the parser at each reduction, so that no tree is built first, and none is walked."""

    def file(self, statements: list[Any]) -> list[Any]:
        return statements

    def setting(self, parts: list[Any]) -> Statement:
        return _statement("setting", parts, left=parts[1] if len(parts) == 3 else ())

    def arrow(self, parts: list[Any]) -> Statement:
        return _statement("arrow", parts, left=parts[1], right=parts[3])

    def group(self, parts: list[Any]) -> Statement:
        return _statement("group", parts, left=(parts[1],), right=parts[3])

    def block(self, parts: list[Any]) -> Statement:
        left = next((each for each in parts if type(each) is tuple), ())
        inside = tuple(each for each in parts if type(each) is Statement)
        return _statement("block", parts, left=left, block=inside)

    def items(self, parts: list[Any]) -> Items:
        return tuple(parts[::2])

    def item(self, lexemes: list[Lexeme]) -> Item:
        values = tuple(map(_value, lexemes))
        for lexeme in lexemes[1:]:
            _refuse(lexeme, SETTINGS if lexemes[0].text not in ENTERED else SETTINGS - ACCESS)
        return Item(values, Span(lexemes[0].page.source, lexemes[0].start, lexemes[-1].end))


def _statement(
    shape: Shape, parts: list[Any], left: Items, right: Items = (), block: tuple[Statement, ...] = ()
) -> Statement:
    word, end = cast(Lexeme, parts[0]), cast(Lexeme, parts[-1])
    page = word.page
    if left:
        first = left[0].values[0].span
        _refuse(word._replace(start=first.start, end=first.end), SETTINGS)
    keyword = Value("word", word.text, word.span)
    span = Span(page.source, word.start, end.end)
    description = page.descriptions.get(word.start, "")
    return Statement(shape, keyword, left, right, block, span=span, description=description)


def _value(lexeme: Lexeme) -> Value:
    kind, text = lexeme.type.lower(), lexeme.text
    if kind == "string":
        text = unquoted(text)
    elif kind == "word":
        _refuse(lexeme, KEYWORDS)
    return Value(cast(Kind, kind), text, lexeme.span)


def _refuse(lexeme: Lexeme, words: Container[str]) -> None:
    if lexeme.type == "WORD" and lexeme.text in words and lexeme.first:
        raise Fused
