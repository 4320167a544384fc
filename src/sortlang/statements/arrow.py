"""Arrows: the rules and transports that a `P, … -> T, …` statement makes."""

from typing import Literal

from sortlang.address import folded
from sortlang.diagnostic import Diagnostic
from sortlang.frozen import frozen
from sortlang.globs.glob import Glob
from sortlang.mistake import attempt, mistake
from sortlang.pattern import InvalidPattern, Pattern
from sortlang.rules import Rule, Transport
from sortlang.source import Span
from sortlang.statements.capture import misfits
from sortlang.statements.group import Groups
from sortlang.statements.transport import way
from sortlang.syntax.tree import Item, Statement, Value
from sortlang.values.plain import single, text
from sortlang.values.target import addresses, targets


@frozen
class Left:
    """One pattern of the left side, where it stands, and whether it is asked about List-Ids."""

    pattern: Pattern
    span: Span
    list: bool = False


def rules(
    statement: Statement,
    kind: Literal["sort", "copy"],
    account: str | None,
    groups: Groups,
    found: list[Diagnostic],
) -> list[Rule]:
    """A rule for each pattern; findings join `found`, and what cannot mean anything is left out."""
    lefts = _lefts(statement, found)
    right = attempt(found, targets if kind == "sort" else addresses, statement.right, groups) or ()
    problems = misfits([left.pattern for left in lefts], right)
    found.extend(problems)
    if problems or not right:
        return []
    return [
        Rule("list" if left.list else kind, left.pattern, right, account, statement.description, span=left.span)
        for left in lefts
    ]


def transports(statement: Statement, found: list[Diagnostic]) -> list[Transport]:
    """A transport for each pattern."""
    lefts = _lefts(statement, found)
    said = attempt(found, way, statement)
    if said is None:
        return []
    return [
        Transport(left.pattern, said.kind, said.arguments, statement.description, access=said.access, span=left.span)
        for left in lefts
    ]


def _lefts(statement: Statement, found: list[Diagnostic]) -> list[Left]:
    read = [attempt(found, _left, item, statement.keyword.text) for item in statement.left]
    return [each for each in read if each is not None]


def _left(item: Item, word: str) -> Left:
    first, *rest = item.values
    if first.kind == "word" and first.text == "list" and rest:
        return _list(item, word)
    value = single(item, "put a comma between two patterns")
    try:
        return Left(Pattern.parse(value.text), value.span)
    except InvalidPattern as why:
        raise mistake("invalid-pattern", str(why), value.span, why.hint) from None


def _list(item: Item, word: str) -> Left:
    """`list "dev.lists.org"`, in which `*` may stand, too (RFC 2919 §2)."""
    first, *rest = item.values
    if word != "sort":
        raise mistake("wrong-value", f"`{word}` takes no `list`", first.span, 'write `sort list "…" -> …`')
    if len(rest) > 1:
        raise mistake("wrong-value", "one value too many", rest[1].span, "put a comma between two lists")
    return Left(Pattern(Glob("-"), Glob.of(folded(_list_id(rest[0])))), item.span, list=True)


def _list_id(value: Value) -> str:
    found = text(value, "the list").strip().removeprefix("<").removesuffix(">")
    if not found or any(letter.isspace() or letter in "<>@" for letter in found):
        hint = "write what stands between `<` and `>` in its List-Id"
        raise mistake("invalid-pattern", "a list is named by its List-Id", value.span, hint)
    return found
