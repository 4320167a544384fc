"""The meaning of rules: which one wins; every table must agree with it."""

from collections.abc import Iterable
from typing import TypeVar

from sortlang.address import Address
from sortlang.pattern import Patterned

R = TypeVar("R", bound=Patterned)


def winner(rules: Iterable[R], address: Address | None) -> R | None:
    """Of the rules that take the address, the most specific; None if there is none. Order never matters."""
    return next(iter(matches(rules, address)), None)


def matches(rules: Iterable[R], address: Address | None) -> list[R]:
    """All rules that take the address (None: mail in which no recipient was found), the most specific first."""
    return sorted((rule for rule in rules if rule.pattern.matches(address)), key=lambda rule: rule.pattern.rank)
