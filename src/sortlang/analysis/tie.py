"""A Tie: two rules that only their spelling tells apart."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import combinations

from sortlang.analysis.contest import earlier
from sortlang.analysis.meet import common
from sortlang.analysis.region import Region, region
from sortlang.analysis.view import View
from sortlang.frozen import frozen
from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import Rule
from sortlang.runs.sorts import written


@frozen
class Tie:
    """In `region` both are equally specific and send mail elsewhere; `first` wins by its text."""

    first: Rule
    second: Rule
    region: Region


def tied(program: Program) -> Iterator[Tie]:
    """The ties among `sort` rules of one scope, in addresses that no other rule takes first."""
    for rules in _equals(written(program.rules.sorts)):
        for pair in combinations(sorted(rules, key=lambda each: each.pattern.rank), 2):
            yield from _ties(View.of(program, rules[0].account), *pair)


def _ties(view: View, first: Rule, second: Rule) -> Iterator[Tie]:
    """The first place of the two, if there is one, where one of them wins and the other would do otherwise."""
    unlike = partial(_unlike, view, first, second)
    for place in common(first.pattern, second.pattern):
        wins = view.sorts.winner(place) is first and unlike(place)
        if wins and (here := region(place, earlier(place, view.sorts), lambda each: unlike(each))):
            yield Tie(first, second, here)
            return


def _unlike(view: View, first: Rule, second: Rule, place: Pattern) -> bool:
    return view.sorts.says(first, place) != view.sorts.says(second, place)


def _equals(sorts: Iterable[Rule]) -> Iterator[list[Rule]]:
    """Rules of one scope and rank. Those that start or end differently take nothing in common."""
    groups: defaultdict[object, list[Rule]] = defaultdict(list)
    for rule in sorts:
        local, domain = rule.pattern.local, rule.pattern.domain
        if (local.stars > 1 or domain.stars > 1) and not rule.pattern.bare:
            groups[(rule.account, _shape(local), _shape(domain))].append(rule)
    return (each for each in groups.values() if len(each) > 1)


def _shape(glob: Glob) -> object:
    start, *rest = glob.text.split("*")
    return glob.rank, start, rest[-1] if rest else None
