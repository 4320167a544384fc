"""Expectations: what an `expect … -> T, …` statement says is so."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from sortlang.address import Address, InvalidAddress
from sortlang.diagnostic import Diagnostic
from sortlang.globs.glob import Glob
from sortlang.mistake import attempt, mistake
from sortlang.pattern import InvalidPattern, Pattern
from sortlang.rules import Expectation, Target
from sortlang.source import Span
from sortlang.statements.capture import misfits
from sortlang.statements.group import Groups
from sortlang.suggest import did_you_mean
from sortlang.syntax.tree import Item, Statement, Value
from sortlang.values.plain import path, shown, text
from sortlang.values.target import several

USAGE = 'write `expect "a@example.com" -> "b@example.com";`'
USAGES = {
    "message": 'write `expect message "file.eml" in "account" -> "b@example.com";`',
    "every": 'write `expect every "*@example.com" -> "*@example.com";`',
    "never": 'write `expect never "*@example.com" -> discard;`',
}


def expectations(
    statement: Statement, accounts: Collection[str], groups: Groups, found: list[Diagnostic]
) -> list[Expectation]:
    """An expectation for each item on the left; findings join `found`. `accounts` are the names that `in` may say."""
    targets = attempt(found, several, statement.right, groups) or ()
    read = (attempt(found, _read, item, targets, accounts) for item in statement.left)
    made = [replace(each, description=statement.description) for each in read if each]
    problems = [found for each in made for found in _misfits(each)]
    found.extend(problems)
    return made if targets and not problems else []


def _read(item: Item, targets: tuple[Target, ...], accounts: Collection[str]) -> Expectation:
    """`a@ex.com`, `message "f.eml"`, `every P` or `never P`, each with `in "account"` behind it."""
    word = item.values[0]
    kind = word.text if word.kind == "word" and word.text in _READERS else ""
    values = item.values[1 if kind else 0 :]
    usage = USAGES.get(kind, USAGE)
    if not values:
        raise mistake("wrong-value", f"`{word.text}` says nothing", word.span, usage)
    account = _account(values[1:], accounts, usage)
    if kind == "message" and account is None:
        raise mistake("wrong-value", "through which account the message comes in is not said", item.span, usage)
    return _READERS[kind](values[0], targets, account, item.span)


def _account(values: Sequence[Value], accounts: Collection[str], usage: str) -> str | None:
    """The name behind `in`."""
    if not values:
        return None
    if len(values) != 2 or values[0].text != "in" or values[0].kind != "word":
        raise mistake("wrong-value", f"{shown(values[0])} is one value too many", values[0].span, usage)
    name = text(values[1], "the name")
    if name not in accounts:
        hint = did_you_mean(name, tuple(accounts))
        raise mistake("unknown-account", f"there is no account {shown(values[1])}", values[1].span, hint)
    return name


def _address(value: Value, targets: tuple[Target, ...], account: str | None, span: Span) -> Expectation:
    try:
        address = None if value.text == "*" else Address.parse(value.text)
    except InvalidAddress as why:
        hint = f'write `every "{value.text}"` to speak of all of them' if "*" in value.text else ""
        raise mistake("invalid-address", str(why), value.span, hint) from None
    return Expectation("address", targets, address=address, account=account, span=span)


def _message(value: Value, targets: tuple[Target, ...], account: str | None, span: Span) -> Expectation:
    return Expectation("message", targets, file=path(value, "the file name"), account=account, span=span)


def _every(value: Value, targets: tuple[Target, ...], account: str | None, span: Span) -> Expectation:
    return Expectation("every", targets, pattern=_pattern(value), account=account, span=span)


def _never(value: Value, targets: tuple[Target, ...], account: str | None, span: Span) -> Expectation:
    return Expectation("never", targets, pattern=_pattern(value), account=account, span=span)


def _pattern(value: Value) -> Pattern:
    try:
        return Pattern.parse(value.text)
    except InvalidPattern as why:
        raise mistake("invalid-pattern", str(why), value.span, why.hint) from None


_READERS: Mapping[str, Callable[[Value, tuple[Target, ...], str | None, Span], Expectation]] = {
    "": _address,
    "message": _message,
    "every": _every,
    "never": _never,
}


def _misfits(expectation: Expectation) -> Sequence[Diagnostic]:
    """What each `*` on the right has to stand for; behind `never` it stands for anything."""
    if expectation.kind == "never":
        return ()
    if expectation.kind == "every" and expectation.pattern:
        return misfits([expectation.pattern], expectation.targets)
    address = expectation.address
    return misfits([Pattern(Glob(address.local), Glob(address.domain)) if address else _NONE], expectation.targets)


_NONE = Pattern(Glob("-"), Glob("-"))
"""No `*` anywhere: a message, and mail without a recipient, are one mail."""
