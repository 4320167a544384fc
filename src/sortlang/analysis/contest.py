"""Contest: who wins for the same addresses before a change and after it.

**Two rules are enough.** Let r win for some addresses before and s after. They lie in what r and s take in common,
in one of a few patterns, and no rule that is asked before r, or before s, takes all of that pattern. So (see `meet`)
none takes its most general address: r and s win there. To find all pairs, it is enough to ask there.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import TypeVar

from sortlang.analysis.asked import Asked, before
from sortlang.analysis.places import widest
from sortlang.pattern import Pattern, Patterned
from sortlang.runs.sorts import apart

R = TypeVar("R", bound=Patterned)

Meaning = Callable[[R], object]
Contest = tuple[Pattern, R | None, R | None, tuple[Pattern, ...]]
"""A pattern, who wins there before, who after, and what of it other rules take first."""


def contests(
    old: Asked[R], new: Asked[R], meaning: Meaning[R], touched: Callable[[R], bool] | None = None
) -> Iterator[Contest[R]]:
    """Where the winners say something else after than before; all such places, those within others left out.

    `touched`: whether a rule that both sides have may do something else than before all the same; None: no rule does.
    """
    found: dict[tuple[int, int], dict[Pattern, None]] = {}
    for pattern in _places(_altered(old, new, meaning, touched), old, new):
        r, s = old.winner(pattern), new.winner(pattern)
        if old.says(r, pattern) != new.says(s, pattern):
            found.setdefault((id(r), id(s)), {})[pattern] = None
    for places in found.values():
        for pattern, taken in widest(places, lambda place: earlier(place, old, new)).items():
            yield pattern, old.winner(pattern), new.winner(pattern), taken


def earlier(pattern: Pattern, *sides: Asked[R]) -> tuple[Pattern, ...]:
    """What of the pattern others take before the winner of a side does."""
    return tuple(dict.fromkeys(chain.from_iterable(side.taken(pattern, side.winner(pattern)) for side in sides)))


def _altered(old: Asked[R], new: Asked[R], meaning: Meaning[R], touched: Callable[[R], bool] | None) -> list[R]:
    """The rules that only one side has, and those that are touched."""
    known = (old.rules, new.rules) if touched else apart(old.rules, new.rules)
    here, there = ({meaning(rule): rule for rule in side} for side in known)
    sides = ((here, there), (there, here))
    return [
        rule for one, other in sides for key, rule in one.items() if key not in other or (touched and touched(rule))
    ]


def _places(altered: list[R], old: Asked[R], new: Asked[R]) -> Iterable[Pattern]:
    """Where an altered rule may win against another: what both take, if the other is asked later or altered too."""
    changed = set(map(id, altered))
    found: dict[Pattern, None] = {}
    for rule in altered:
        rival = partial(_rival, rule, changed)
        for own in (rule.pattern, *old.pointed(rule), *new.pointed(rule)):
            found[own] = None
            found |= dict.fromkeys(chain(old.parts(own, rival), new.parts(own, rival)))
    return found


def _rival(rule: R, changed: set[int], other: R) -> bool:
    return before(rule, other) or id(other) in changed
