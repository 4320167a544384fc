"""A Decision: addresses that one rule wins, and where their mail goes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from sortlang.analysis.contest import earlier
from sortlang.analysis.meet import common, within
from sortlang.analysis.region import NOBODY, Region, region
from sortlang.analysis.view import View
from sortlang.pattern import Pattern
from sortlang.rules import Rule


@dataclass(frozen=True, slots=True)
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
    cells: dict[object, list[Pattern]] = {}
    for place in _places(view, pattern):
        copies = frozenset(map(id, view.copies.order(place)))
        cells.setdefault((id(view.sorts.winner(place)), copies), []).append(place)
    for places in cells.values():
        for place in _widest(places):
            rule, destinations = view.sorts.winner(place), view.destinations(place)
            if not wanted(place, destinations):
                continue
            taken = chain(earlier(place, (view.sorts, rule)), _copied_too(view, place))
            if here := region(place, taken, lambda each: wanted(each, view.destinations(each))):
                yield Decision(here, rule, destinations)
    if pattern.bare and wanted(None, view.destinations(None)):
        yield Decision(NOBODY, view.sorts.winner(None), view.destinations(None))


def _places(view: View, pattern: Pattern) -> Iterable[Pattern]:
    """The pattern, what it has in common with each `sort`, and what these have in common with copies."""
    found = dict.fromkeys([pattern])
    for rule in view.sorts.around(pattern):
        found.update(dict.fromkeys(common(pattern, rule.pattern)))
    waiting = list(found)
    while waiting:
        place = waiting.pop()
        inner = dict.fromkeys(
            each for rule in view.copies.around(place) for each in common(place, rule.pattern) if each not in found
        )
        found.update(inner)
        waiting += inner
    return found


def _copied_too(view: View, pattern: Pattern) -> Iterator[Pattern]:
    """What of the pattern further copies take."""
    for rule in view.copies.around(pattern):
        if not within(pattern, rule.pattern):
            yield from common(pattern, rule.pattern)


def _widest(places: list[Pattern]) -> list[Pattern]:
    kept: list[Pattern] = []
    for each in sorted(places, key=lambda place: place.rank, reverse=True):
        if not any(within(each, wider) for wider in kept):
            kept.append(each)
    return kept
