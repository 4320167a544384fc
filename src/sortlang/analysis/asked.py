"""Asked: rules in their order, asked for a whole pattern at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

from sortlang.analysis.meet import general
from sortlang.analysis.neighbours import Neighbours
from sortlang.glob import Glob
from sortlang.pattern import Pattern, Patterned, Rank
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
        """The rules that may take a part of the pattern, in no order; of a single address there is no part."""
        single = "*" not in pattern.local.text and "*" not in pattern.domain.text
        return iter(()) if single else self.near.around(pattern)


def before(one: Patterned, other: Patterned | None) -> bool:
    """Whether `one` is asked before `other`; None stands behind all rules."""
    return other is None or place(one) < place(other)


def place(rule: Patterned) -> tuple[bool, object]:
    """The key to sort by: an account's rules, then by rank."""
    pattern = rule.pattern
    return getattr(rule, "account", None) is None, _rank(pattern.local.text, pattern.domain.text, pattern.bare)


@lru_cache(maxsize=1 << 17)
def _rank(local: str, domain: str, bare: bool) -> Rank:
    """Of a pattern, remembered: it is asked for again and again."""
    return Pattern(Glob(local), Glob(domain), bare).rank
