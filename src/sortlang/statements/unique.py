"""Unique: of what must stand once, the first; the others are found."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from sortlang.diagnostic import Diagnostic, Related, Severity, error
from sortlang.removal import removal
from sortlang.rules import Rule, Transport

T = TypeVar("T", Rule, Transport)


def rules(read: Iterable[Rule], found: list[Diagnostic]) -> tuple[Rule, ...]:
    """Rules of one kind by scope and pattern; the same pattern may stand again only to say the same."""
    return _unique(read, lambda each: (each.account, each.pattern), lambda each: frozenset(each.targets), found)


def transports(read: Iterable[Transport], found: list[Diagnostic]) -> tuple[Transport, ...]:
    """Transports by pattern, like rules."""
    return _unique(read, lambda each: each.pattern, lambda each: (each.kind, each.arguments, each.access), found)


def _unique(
    read: Iterable[T], key: Callable[[T], Hashable], meaning: Callable[[T], Hashable], found: list[Diagnostic]
) -> tuple[T, ...]:
    first: dict[Hashable, T] = {}
    for each in read:
        other = first.setdefault(key(each), each)
        if other is not each:
            found.append((_again if meaning(other) == meaning(each) else _duplicate)(each, other))
    return tuple(first.values())


def _duplicate(second: Rule | Transport, first: Rule | Transport) -> Diagnostic:
    message = f"`{second.pattern}` stands twice and says two different things"
    hint = "order does not choose: keep one of them, or write all targets on one right side"
    return error("duplicate-pattern", message, second.span, hint, (Related(first.span, "the first one"),))


def _again(second: Rule | Transport, first: Rule | Transport) -> Diagnostic:
    related = (Related(first.span, "the first one"),)
    message = f"`{second.pattern}` stands twice and says the same"
    fix = removal(second.span)
    return Diagnostic("redundant-rule", Severity.WARNING, message, second.span, "remove it", "", related, fix)
