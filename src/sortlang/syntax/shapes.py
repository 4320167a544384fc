"""What the grammar's rules make of lexemes: Values, Items, Statements."""

from collections.abc import Callable, Container, Mapping
from typing import Any, cast

from sortlang.source import Span
from sortlang.syntax.keywords import ACCESS, ENTERED, KEYWORDS, SETTINGS
from sortlang.syntax.lexeme import Lexeme
from sortlang.syntax.strings import unquoted
from sortlang.syntax.tree import Item, Kind, Shape, Statement, Value

Items = tuple[Item, ...]


class Fused(Exception):
    """A word that begins a line and a statement stands among values: the statement before it has no end."""


def make(rule: str, parts: list[Any]) -> Any:
    """What a rule of the grammar makes of its parts, called at each reduction; what has no maker is its parts."""
    maker = _MAKERS.get(rule)
    return maker(parts) if maker else parts


def _only(parts: list[Any]) -> Any:
    return parts[0]


def _setting(parts: list[Any]) -> Statement:
    return _statement("setting", parts, left=parts[1] if len(parts) == 3 else ())


def _arrow(parts: list[Any]) -> Statement:
    return _statement("arrow", parts, left=parts[1], right=parts[3])


def _group(parts: list[Any]) -> Statement:
    return _statement("group", parts, left=(parts[1],), right=parts[3])


def _block(parts: list[Any]) -> Statement:
    left = next((each for each in parts if type(each) is tuple), ())
    inside = tuple(each for each in parts if type(each) is Statement)
    return _statement("block", parts, left=left, block=inside)


def _items(parts: list[Any]) -> Items:
    return tuple(parts[::2])


def _item(lexemes: list[Lexeme]) -> Item:
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


_MAKERS: Mapping[str, Callable[[list[Any]], Any]] = {
    "statement": _only,
    "setting": _setting,
    "arrow": _arrow,
    "group": _group,
    "block": _block,
    "items": _items,
    "item": _item,
}
