"""Asked: rules in their order, asked for a whole pattern at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sortlang.analysis.meet import general
from sortlang.analysis.neighbours import Neighbours
from sortlang.pattern import Pattern, Patterned
from sortlang.table import Table

R = TypeVar("R", bound=Patterned)


@dataclass(frozen=True, slots=True)
class Asked(Generic[R]):
    """Rules of one kind. The first table is asked first: an account's own rules before those of the file.

    A pattern stands for its most general address: the rule that wins there is the one that wins for all addresses of
    the pattern that no rule asked earlier takes. None stands for mail in which no recipient was found.
    """

    rules: tuple[R, ...]
    tables: tuple[Table[R], ...] = field(repr=False)
    near: Neighbours[R] = field(repr=False)

    @staticmethod
    def of(tables: Sequence[Table[R]], rules: Sequence[R]) -> "Asked[R]":
        """The tables and what is in them."""
        return Asked(tuple(rules), tuple(tables), Neighbours.of(rules))

    def order(self, pattern: Pattern | None) -> Iterator[R]:
        """The rules that take all of the pattern, in the order in which they are asked."""
        address = general(pattern) if pattern else None
        return (rule for table in self.tables for rule in table.matches(address))

    def winner(self, pattern: Pattern | None) -> R | None:
        """The first of them."""
        address = general(pattern) if pattern else None
        return next((rule for table in self.tables if (rule := table.winner(address))), None)

    def around(self, pattern: Pattern) -> Iterator[R]:
        """The rules that take something of the pattern, in no order."""
        return self.near.around(pattern)


def before(one: Patterned, other: Patterned | None) -> bool:
    """Whether `one` is asked before `other`; None stands behind all rules."""
    return other is None or place(one) < place(other)


def place(rule: Patterned) -> tuple[bool, object]:
    """The key to sort by: an account's rules, then by rank."""
    return getattr(rule, "account", None) is None, rule.pattern.rank
