"""Asked: rules in their order, asked for a whole pattern at once."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import field
from functools import lru_cache, partial
from itertools import chain
from typing import Generic, TypeVar

from sortlang.analysis.meet import common, general
from sortlang.analysis.neighbours import Neighbours
from sortlang.frozen import frozen
from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern, Patterned, Rank
from sortlang.table import Table

R = TypeVar("R", bound=Patterned)

Says = Callable[[R | None, Pattern | None], frozenset[str]]
Applies = Callable[[R, Pattern | None], bool]


def always(_rule: object, _place: Pattern | None) -> bool:
    """Nothing stands in the way of a rule."""
    return True


@frozen
class Point(Generic[R]):
    """A part of a rule's pattern for which it may do something else than for the rest."""

    pattern: Pattern
    rule: R


@frozen
class Asked(Generic[R]):
    """Rules of one kind. The first table is asked first: an account's own rules before those of the file.

    A pattern stands for its most general address: the rule that wins there is the one that wins for all addresses of
    the pattern that no rule asked earlier takes. None stands for mail in which no recipient was found. `says` is what a
    rule, or that there is none, means for a pattern; where it does not `apply`, the next one is asked.
    """

    rules: Collection[R]
    says: Says[R] = field(repr=False)
    applies: Applies[R] = field(repr=False)
    tables: tuple[Table[R], ...] = field(repr=False)
    near: Neighbours[R] = field(repr=False)
    starred: Neighbours[R] = field(repr=False)
    points: Neighbours[Point[R]] = field(repr=False)

    @staticmethod
    def of(
        tables: Sequence[Table[R]],
        rules: Collection[R],
        says: Says[R],
        applies: Applies[R] = always,
        points: Iterable[Point[R]] = (),
    ) -> "Asked[R]":
        """The tables and what is in them."""
        some: Collection[R] = getattr(rules, "written", rules)
        near, starred = Neighbours(rules), Neighbours(some)
        return Asked(rules, says, applies, tuple(tables), near, starred, Neighbours(tuple(points)))

    def order(self, pattern: Pattern | None) -> Iterator[R]:
        """The rules that take all of the pattern and apply, in the order in which they are asked."""
        address = general(pattern) if pattern else None
        return (rule for table in self.tables for rule in table.matches(address) if self.applies(rule, pattern))

    def winner(self, pattern: Pattern | None) -> R | None:
        """The first of them."""
        address = general(pattern) if pattern else None
        best = next((rule for table in self.tables if (rule := table.winner(address))), None)
        return best if best is None or self.applies(best, pattern) else next(self.order(pattern), None)

    def around(self, pattern: Pattern) -> Iterator[R]:
        """The rules that may take a part of the pattern, in no order; of a single address there is no part."""
        return iter(()) if _single(pattern) else self.near.around(pattern)

    def parts(self, pattern: Pattern, worth: Callable[[R], bool] = lambda rule: True) -> Iterator[Pattern]:
        """What the rules that are worth it take of the pattern; and all points, where any may make way for the next."""
        return self._parts(pattern, self.near, worth)

    def later(self, rule: R, pattern: Pattern) -> Iterator[Pattern]:
        """As `parts`, of the rules asked after this one: if it is of the file itself, bulk is not among them."""
        near = self.starred if getattr(rule, "account", None) is None else self.near
        return self._parts(pattern, near, partial(before, rule))

    def _parts(self, pattern: Pattern, near: Neighbours[R], worth: Callable[[R], bool]) -> Iterator[Pattern]:
        if not _single(pattern):
            rules = (each.pattern for each in near.around(pattern) if worth(each))
            points = (each.pattern for each in self.points.around(pattern))
            yield from chain.from_iterable(common(pattern, each) for each in chain(rules, points))

    def places(self, pattern: Pattern) -> Iterator[Pattern]:
        """The pattern and its parts: whatever happens in it, happens in the most general address of one of them."""
        return chain([pattern], self.parts(pattern))

    def pointed(self, rule: R) -> Iterator[Pattern]:
        """The points of the rule."""
        return (each.pattern for each in self.points.around(rule.pattern) if each.rule is rule)

    def taken(self, pattern: Pattern, winner: R | None) -> Iterator[Pattern]:
        """What of the pattern other rules take before the winner does, and what it treats in a way of its own."""
        if not _single(pattern):
            rules = (each for each in self.near.around(pattern) if each is not winner and before(each, winner))
            yield from chain.from_iterable(self._taken(pattern, each.pattern, each) for each in rules)
            points = (each for each in self.points.around(pattern) if each.rule is winner or before(each.rule, winner))
            for each in points:
                yield from self._own(pattern, each, winner)

    def _taken(self, pattern: Pattern, other: Pattern, rule: R) -> Iterator[Pattern]:
        return (inner for inner in common(pattern, other) if self.applies(rule, inner))

    def _own(self, pattern: Pattern, point: Point[R], winner: R | None) -> Iterator[Pattern]:
        """The point, if another rule applies there, or if it is the winner's own and not the whole."""
        for inner in common(pattern, point.pattern):
            if inner != pattern if point.rule is winner else self.applies(point.rule, inner):
                yield inner


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


def _single(pattern: Pattern) -> bool:
    return "*" not in pattern.local.text and "*" not in pattern.domain.text
