"""Lost: the copies that one side makes and the other does not, in any way."""

from collections.abc import Callable, Iterator
from dataclasses import field, replace
from itertools import chain

from sortlang.analysis.chance import chances
from sortlang.analysis.places import Exceptions, widest
from sortlang.analysis.region import NOBODY, Region, region
from sortlang.analysis.view import View
from sortlang.frozen import frozen
from sortlang.pattern import Pattern
from sortlang.rules import Rule

Lost = tuple[Region, Rule, frozenset[str]]


def lost(here: View, there: View, altered: Callable[[Rule], bool]) -> Iterator[Lost]:
    """Where the altered copies of `here` are missing in `there`, target by target."""
    for rule in filter(altered, here.copies.rules):
        for target in rule.targets:
            yield from _regions(_Copy(rule, replace(rule, targets=(target,)), here, there))


@frozen
class _Copy:
    """A rule with one of its targets, the view that has it, and the one in which it is looked for."""

    whole: Rule
    rule: Rule
    here: View = field(repr=False)
    there: View = field(repr=False)

    def says(self, place: Pattern | None) -> frozenset[str]:
        return self.here.copies.says(self.rule, place)

    def missing(self, place: Pattern | None) -> bool:
        """Whether the rule applies, and mail of the place does not go there on the other side."""
        return self.here.ours.applies(self.whole, place) and not self.says(place) <= self.there.destinations(place)

    def inside(self, place: Pattern) -> Iterator[Pattern]:
        """Where in the place others may have a say. Two rules are enough, as in a contest."""
        own = self.here.copies.parts(place, lambda other: other is self.whole)
        return chain([place], own, self.there.copies.parts(place), self.there.sorts.parts(place))

    def made_up(self, place: Pattern) -> Exceptions:
        """Where, within the place, it is not missing: by other rules, or by chance."""
        alike = chances(place, self.says(place), self.there.destinations(place))
        return tuple(each for each in chain(self.inside(place), alike) if not self.missing(each))


def _regions(copy: _Copy) -> Iterator[Lost]:
    for place, made_up in _places(copy).items():
        if here := region(place, made_up, copy.missing):
            yield here, copy.whole, copy.says(place)
    if copy.rule.pattern.bare and copy.missing(None):
        yield NOBODY, copy.whole, copy.says(None)


def _places(copy: _Copy) -> dict[Pattern, Exceptions]:
    """Where the mail is missing, and where in there others make up for it; within that it may be missing again."""
    found: dict[Pattern, Exceptions] = {}
    waiting: list[Pattern] = [copy.rule.pattern]
    while waiting:
        inside = chain.from_iterable(map(copy.inside, waiting))
        known = set(found)
        found = widest((each for each in dict.fromkeys(inside) if copy.missing(each)), copy.made_up, found)
        waiting = [each for place, made_up in found.items() if place not in known for each in made_up]
    return found
