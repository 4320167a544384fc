"""Lost: the copies that one side makes and the other does not, in any way."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

from sortlang.analysis.chance import chances
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


def inside(pattern: Pattern, there: View) -> Iterator[Pattern]:
    """Where in the pattern other rules may have a say. Two are enough, as in a contest."""
    yield pattern
    for other in chain(there.copies.around(pattern), there.sorts.around(pattern)):
        yield from common(pattern, other.pattern)


def _missing(whole: Rule, rule: Rule, there: View) -> Iterator[Lost]:
    """The regions of a rule with one target, and mail without a recipient."""
    for pattern, made_up in _holes(rule, there).items():
        if here := region(pattern, made_up, lambda place: missing(rule, place, there)):
            yield here, whole, outcome(rule, pattern)
    if rule.pattern.bare and missing(rule, None, there):
        yield NOBODY, whole, outcome(rule, None)


def _holes(rule: Rule, there: View) -> dict[Pattern, list[Pattern]]:
    """Where the mail is missing, and where in there others make up for it; within that it may be missing again."""
    found: dict[Pattern, list[Pattern]] = {}
    waiting = [rule.pattern]
    while waiting:
        places = dict.fromkeys(each for outer in waiting for each in inside(outer, there) if missing(rule, each, there))
        waiting = []
        for pattern in sorted(places, key=lambda each: each.rank, reverse=True):
            if not any(_covers(wider, made_up, pattern) for wider, made_up in found.items()):
                found[pattern] = _made_up(rule, pattern, there)
                waiting += found[pattern]
    return found


def _made_up(rule: Rule, pattern: Pattern, there: View) -> list[Pattern]:
    """Where, within the pattern, other rules send mail where the rule does, or come out alike by chance."""
    alike = chances(pattern, outcome(rule, pattern), there.destinations(pattern))
    return [each for each in chain(inside(pattern, there), alike) if not missing(rule, each, there)]


def _covers(wider: Pattern, made_up: list[Pattern], pattern: Pattern) -> bool:
    return within(pattern, wider) and not any(within(pattern, each) for each in made_up)
