"""Arrows: the rules and transports that a `P, … -> T, …` statement makes."""

from dataclasses import dataclass
from typing import Literal

from sortlang.diagnostic import Diagnostic
from sortlang.mistake import attempt, mistake
from sortlang.pattern import InvalidPattern, Pattern
from sortlang.rules import Rule, Transport
from sortlang.source import Span
from sortlang.statements.capture import misfits
from sortlang.statements.transport import template
from sortlang.suggest import did_you_mean
from sortlang.syntax.tree import Item, Statement
from sortlang.target import addresses, targets
from sortlang.values import shown, single

TRANSPORTS = ("maildir",)


@dataclass(frozen=True, slots=True)
class Left:
    """One pattern of the left side, and where it stands."""

    pattern: Pattern
    span: Span


def rules(
    statement: Statement, kind: Literal["sort", "copy"], account: str | None, found: list[Diagnostic]
) -> list[Rule]:
    """A rule for each pattern; findings join `found`, and what cannot mean anything is left out."""
    lefts = _lefts(statement, found)
    right = attempt(found, targets if kind == "sort" else addresses, statement.right) or ()
    problems = misfits([left.pattern for left in lefts], right)
    found.extend(problems)
    if problems or not right:
        return []
    return [Rule(kind, left.pattern, right, account, statement.description, span=left.span) for left in lefts]


def transports(statement: Statement, found: list[Diagnostic]) -> list[Transport]:
    """A transport for each pattern."""
    lefts = _lefts(statement, found)
    path = attempt(found, _maildir, statement)
    if path is None:
        return []
    return [Transport(left.pattern, "maildir", (path,), statement.description, span=left.span) for left in lefts]


def _lefts(statement: Statement, found: list[Diagnostic]) -> list[Left]:
    read = [attempt(found, _left, item) for item in statement.left]
    return [each for each in read if each is not None]


def _left(item: Item) -> Left:
    value = single(item, "put a comma between two patterns")
    try:
        return Left(Pattern.parse(value.text), value.span)
    except InvalidPattern as why:
        raise mistake("invalid-pattern", str(why), value.span, why.hint) from None


def _maildir(statement: Statement) -> str:
    """The path of `-> maildir "path"`."""
    usage = 'write `maildir "mail/{domain}/{local}"`'
    if len(statement.right) != 1:
        raise mistake("wrong-value", "a transport is one way to deliver, not a list", statement.right[1].span, usage)
    kind, *arguments = statement.right[0].values
    if kind.kind != "word" or kind.text not in TRANSPORTS:
        hint = did_you_mean(kind.text, TRANSPORTS) or usage
        raise mistake("unknown-transport", f"{shown(kind)} is no way to deliver", kind.span, hint)
    if len(arguments) != 1:
        raise mistake("wrong-value", f"`{kind.text}` takes one path", (arguments[1] if arguments else kind).span, usage)
    return template(arguments[0])
