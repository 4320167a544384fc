"""A Needless rule: one that changes nothing when it goes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from sortlang.analysis.asked import before
from sortlang.analysis.meet import common
from sortlang.analysis.outcome import outcome, outcomes
from sortlang.analysis.view import View
from sortlang.pattern import Pattern
from sortlang.rules import Rule


@dataclass(frozen=True, slots=True)
class Needless:
    """Without `rule` all mail goes where it goes now. `by`: the rule that then says so; None: no rule takes it."""

    rule: Rule
    by: Rule | None


def needless(rule: Rule, views: Iterable[View]) -> Needless | None:
    """The rule, if no view would notice that it is gone."""
    asking = [view for view in views if _asks(view, rule)]
    if not asking or any(_missed(rule, view, place) for view in asking for place in _places(rule, view)):
        return None
    return Needless(rule, _others(rule, asking[0], rule.pattern)[0])


def _asks(view: View, rule: Rule) -> bool:
    rules = view.sorts if rule.kind == "sort" else view.copies
    return any(each is rule for each in rules.order(rule.pattern))


def _places(rule: Rule, view: View) -> Iterator[Pattern | None]:
    """Where the rule may be missed: in all of its pattern, in what it has in common with those asked later."""
    yield rule.pattern
    if rule.pattern.bare:
        yield None
    others = view.sorts.around(rule.pattern)
    if rule.kind == "copy":
        others = chain(others, view.copies.around(rule.pattern))
    for other in others:
        if rule.kind == "copy" or before(rule, other):
            yield from common(rule.pattern, other.pattern)


def _missed(rule: Rule, view: View, place: Pattern | None) -> bool:
    """Whether mail of the place would go elsewhere without the rule."""
    winner, copies = _others(rule, view, place)
    without = outcome(winner, place) | outcomes(copies, place)
    return without != view.destinations(place)


def _others(rule: Rule, view: View, place: Pattern | None) -> tuple[Rule | None, list[Rule]]:
    """Who wins and who copies when the rule is gone."""
    winner = next((each for each in view.sorts.order(place) if each is not rule), None)
    return winner, [each for each in view.copies.order(place) if each is not rule]
