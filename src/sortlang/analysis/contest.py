"""Contest: who wins for the same addresses before a change and after it.

**Two rules are enough.** Let r win for some addresses before and s after. They lie in what r and s take in common,
in one of a few patterns, and no rule that is asked before r, or before s, takes all of that pattern. So (see `meet`)
none takes its most general address: r and s win there. To find all pairs, it is enough to ask there.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TypeVar

from sortlang.analysis.asked import Asked, before
from sortlang.analysis.meet import common, within
from sortlang.pattern import Pattern, Patterned

R = TypeVar("R", bound=Patterned)

Meaning = Callable[[R], object]
Contest = tuple[Pattern, R | None, R | None]
"""A pattern, who wins there before, and who after; no others win in a wider one."""


def contests(old: Asked[R], new: Asked[R], meaning: Meaning[R]) -> Iterator[Contest[R]]:
    """Where other rules win after than before, or the same with another meaning; all such places, each once."""
    altered = _altered(old, new, meaning)
    found: dict[tuple[int, int], list[Contest[R]]] = {}
    for pattern in dict.fromkeys(_places(altered, old, new)):
        r, s = old.winner(pattern), new.winner(pattern)
        if (r and meaning(r)) != (s and meaning(s)):
            found.setdefault((id(r), id(s)), []).append((pattern, r, s))
    return chain.from_iterable(map(_widest, found.values()))


def earlier(pattern: Pattern, *sides: tuple[Asked[R], R | None]) -> Iterator[Pattern]:
    """What of the pattern other rules take before the winner of a side does."""
    taken = dict.fromkeys(
        rule.pattern
        for asked, winner in sides
        for rule in asked.around(pattern)
        if rule is not winner and before(rule, winner)
    )
    return chain.from_iterable(common(pattern, each) for each in taken)


def _altered(old: Asked[R], new: Asked[R], meaning: Meaning[R]) -> list[R]:
    """The rules that only one side has."""
    here, there = ({meaning(rule): rule for rule in side.rules} for side in (old, new))
    return [rule for one, other in ((here, there), (there, here)) for key, rule in one.items() if key not in other]


def _places(altered: list[R], old: Asked[R], new: Asked[R]) -> Iterator[Pattern]:
    """Where an altered rule may win against another: what both take, if the other is asked later or altered too."""
    changed = set(map(id, altered))
    for rule in altered:
        yield rule.pattern
        for other in chain(old.around(rule.pattern), new.around(rule.pattern)):
            if before(rule, other) or id(other) in changed:
                yield from common(rule.pattern, other.pattern)


def _widest(places: Iterable[Contest[R]]) -> list[Contest[R]]:
    """The places that lie within no other; a wider pattern ranks behind."""
    kept: list[Contest[R]] = []
    for each in sorted(places, key=lambda place: place[0].rank, reverse=True):
        if not any(within(each[0], wider[0]) for wider in kept):
            kept.append(each)
    return kept
