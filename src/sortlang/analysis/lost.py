"""Lost: the copies that one side makes and the other does not, in any way."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

from sortlang.analysis.meet import common, within
from sortlang.analysis.outcome import outcome
from sortlang.analysis.region import NOBODY, Region, region
from sortlang.analysis.view import View
from sortlang.pattern import Pattern
from sortlang.rules import Rule

Lost = tuple[Region, Rule, frozenset[str]]


def lost(here: View, there: View, meaning: Callable[[Rule], object]) -> Iterator[Lost]:
    """Where the copies of `here` that `there` has not are missing there, target by target."""
    known = set(map(meaning, there.copies.rules))
    for rule in here.copies.rules:
        if meaning(rule) not in known:
            for target in rule.targets:
                yield from _missing(rule, replace(rule, targets=(target,)), there)


def missing(rule: Rule, pattern: Pattern | None, there: View) -> bool:
    """Whether `there` sends no mail of the pattern's most general address where the rule sends it."""
    return not outcome(rule, pattern) <= there.destinations(pattern)


def inside(rule: Rule, there: View) -> Iterator[Pattern]:
    """Where in the rule's pattern other rules may have a say. Two are enough, as in a contest."""
    yield rule.pattern
    for other in chain(there.copies.around(rule.pattern), there.sorts.around(rule.pattern)):
        yield from common(rule.pattern, other.pattern)


def _missing(whole: Rule, rule: Rule, there: View) -> Iterator[Lost]:
    found: list[tuple[Pattern, list[Pattern]]] = []
    places = dict.fromkeys(each for each in inside(rule, there) if missing(rule, each, there))
    for pattern in sorted(places, key=lambda each: each.rank, reverse=True):
        if not any(_covers(wider, made_up, pattern) for wider, made_up in found):
            made_up = [each for each in inside(replace(rule, pattern=pattern), there) if _made_up(rule, each, there)]
            found.append((pattern, made_up))
    for pattern, made_up in found:
        if here := region(pattern, made_up):
            yield here, whole, outcome(rule, pattern)
    if rule.pattern.bare and missing(rule, None, there):
        yield NOBODY, whole, outcome(rule, None)


def _made_up(rule: Rule, pattern: Pattern, there: View) -> bool:
    return not missing(rule, pattern, there)


def _covers(wider: Pattern, made_up: list[Pattern], pattern: Pattern) -> bool:
    return within(pattern, wider) and not any(within(pattern, each) for each in made_up)
