"""A Decision: addresses that one rule wins, and where their mail goes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field

from sortlang.analysis.contest import earlier
from sortlang.analysis.places import Exceptions, widest
from sortlang.analysis.region import NOBODY, Region, region
from sortlang.analysis.view import View
from sortlang.frozen import frozen
from sortlang.pattern import Pattern
from sortlang.rules import Rule


@frozen
class Decision:
    """`destinations`: where mail of the region goes by `sort` and `copy` together, with `*` for what varies.

    `rule` is the `sort` that wins; None: no rule does, and the mail is discarded.
    """

    region: Region
    rule: Rule | None
    destinations: frozenset[str] = field(default=frozenset())


Wanted = Callable[[Pattern | None, frozenset[str]], bool]
"""Whether what happens to mail of a pattern (None: without a recipient) is of interest, by its destinations."""


def decisions(view: View, pattern: Pattern, wanted: Wanted = lambda place, destinations: True) -> Iterator[Decision]:
    """The wanted regions of the pattern by the rule that wins and the copies that are made; together all of it."""
    for place, taken in _cells(view, pattern, wanted).items():
        if here := region(place, taken, lambda each: wanted(each, view.destinations(each))):
            yield Decision(here, view.sorts.winner(place), view.destinations(place))
    if pattern.bare and wanted(None, view.destinations(None)):
        yield Decision(NOBODY, view.sorts.winner(None), view.destinations(None))


def winners(view: View, pattern: Pattern) -> list[Rule]:
    """The `sort` rules that win somewhere in the pattern; that is known long before all regions are."""
    found = {id(rule): rule for place in view.sorts.places(pattern) if (rule := view.sorts.winner(place))}
    nobody = view.sorts.winner(None) if pattern.bare else None
    return list((found | ({id(nobody): nobody} if nobody else {})).values())


def _cells(view: View, pattern: Pattern, wanted: Wanted) -> dict[Pattern, Exceptions]:
    """The wanted places, the widest of each winner and copies, and what of them others take."""
    cells: dict[object, list[Pattern]] = {}
    for place in _places(view, pattern):
        if wanted(place, view.destinations(place)):
            copies = frozenset(map(id, view.copies.order(place)))
            cells.setdefault((id(view.sorts.winner(place)), copies), []).append(place)
    found = (widest(places, lambda place: _taken(view, place)) for places in cells.values())
    return {place: taken for each in found for place, taken in each.items()}


def _places(view: View, pattern: Pattern) -> Iterable[Pattern]:
    """The pattern, what it has in common with each `sort`, and what these have in common with copies."""
    found = dict.fromkeys(view.sorts.places(pattern))
    waiting = list(found)
    while waiting:
        inner = [each for each in dict.fromkeys(view.copies.parts(waiting.pop())) if each not in found]
        found.update(dict.fromkeys(inner))
        waiting += inner
    return found


def _taken(view: View, place: Pattern) -> Exceptions:
    """What of the place other rules take first, or further copies take."""
    copied = (each for each in view.copies.parts(place) if each != place)
    return (*earlier(place, view.sorts), *copied)
