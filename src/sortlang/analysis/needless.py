"""A Needless rule: one that changes nothing when it goes."""

from collections.abc import Iterable, Iterator, Sequence

from sortlang.analysis.asked import Asked
from sortlang.analysis.meet import general
from sortlang.analysis.view import View
from sortlang.frozen import frozen
from sortlang.pattern import Pattern
from sortlang.rules import Rule


@frozen
class Needless:
    """Without `rule` all mail goes where it goes now. `by`: the rule that then says so; None: no rule takes it."""

    rule: Rule
    by: Rule | None


def needless(rules: Sequence[Rule], views: Iterable[View]) -> Needless | None:
    """The first of the rules, if no view would notice that they are all gone: those behind it are its `detail`."""
    asking = [view for view in views if rules[0].account in (None, view.account) and _asks(view, rules[0])]
    if not asking or any(_missed(rules, view, place) for view in asking for place in _places(rules, view)):
        return None
    return Needless(rules[0], next(_others(rules, asking[0].sorts, rules[0].pattern), None))


def _asks(view: View, rule: Rule) -> bool:
    kind = view.sorts if rule.kind == "sort" else view.copies
    return any(each is rule for table in kind.tables for each in table.matches(general(rule.pattern)))


def _places(rules: Sequence[Rule], view: View) -> Iterator[Pattern | None]:
    """Where a rule may be missed: in all of its pattern, in what it has in common with those asked later."""
    for rule in rules:
        yield rule.pattern
        yield from (None,) if rule.pattern.bare else ()
        copy, kind = rule.kind == "copy", view.copies if rule.kind == "copy" else view.sorts
        for own in (rule.pattern, *kind.pointed(rule)):
            yield own
            yield from view.sorts.parts(own) if copy else view.sorts.later(rule, own)
            yield from view.copies.parts(own) if copy else ()


def _missed(rules: Sequence[Rule], view: View, place: Pattern | None) -> bool:
    """Whether mail of the place would go elsewhere without the rules."""
    winner = next(_others(rules, view.sorts, place), None)
    copies = (view.copies.says(each, place) for each in _others(rules, view.copies, place))
    return view.sorts.says(winner, place).union(*copies) != view.destinations(place)


def _others(rules: Sequence[Rule], asked: Asked[Rule], place: Pattern | None) -> Iterator[Rule]:
    """Who is asked when the rules are gone."""
    return (each for each in asked.order(place) if not any(each is rule for rule in rules))
