"""A contradiction: a merged file answers an address as neither side.

Each key is settled alone, and yet two changes may meet: one side takes away the rule for `a*@ex.com`, because the one
for `*@ex.com` says the same; the other side changes that one. Whatever changed on both sides meets in what a rule of
one and a rule of the other take in common; of the rules that did not change, the first that takes it is the same one
in all four programs. It is enough to ask there.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, product

from sortlang.analysis.change import meaning
from sortlang.analysis.meet import common
from sortlang.analysis.view import View, own
from sortlang.merging.piece import Key
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import Rule
from sortlang.runs.sorts import apart

MOST = 2000
"""The places at which changes of both sides meet that are looked into further."""

Four = tuple[View, View, View, View]
"""Base, ours, theirs, merged."""


def contradictions(base: Program, ours: Program, theirs: Program, merged: Program) -> set[Key]:
    """The keys of the rules that contradict each other; none if every address is answered as one side wants it."""
    programs = (base, ours, theirs, merged)
    found: set[Key] = set()
    for scope in (None, *sorted(set[str]().union(*map(own, programs)))):
        base_, ours_, theirs_, merged_ = (View.of(each, scope) for each in programs)
        found |= _contradictions((base_, ours_, theirs_, merged_))
    return found


def _contradictions(four: Four) -> set[Key]:
    base, ours, theirs, _ = four
    by_us, by_them = _altered(base, ours), _altered(base, theirs)
    changed = {_meaning(each) for each in (*by_us, *by_them)}
    found: set[Key] = set()
    for place in _places(by_us, by_them, base):
        if _wrong(four, place):
            found |= {_key(rule) for view in four for rule in _asked(view, place) if _meaning(rule) in changed}
    return found


def _wrong(four: Four, place: Pattern | None) -> bool:
    """Where one side changed nothing, the other's answer holds, and so does a common one; no other may come of two."""
    base, ours, theirs, merged = (view.destinations(place) for view in four)
    if base in (ours, theirs):
        return merged != (theirs if ours == base else ours)
    if ours == theirs:
        return merged != ours
    return _sorts_wrong(four, place) or _copies_wrong(four, place)


def _sorts_wrong(four: Four, place: Pattern | None) -> bool:
    base, ours, theirs, merged = (view.sorted(place) for view in four)
    if base in (ours, theirs):
        return merged != (theirs if ours == base else ours)
    return merged not in (ours, theirs) or (ours != theirs and _tied(*(view.sorts.winner(place) for view in four[1:3])))


def _copies_wrong(four: Four, place: Pattern | None) -> bool:
    """A copy is made if one side wants it, and neither took it away."""
    base, ours, theirs, merged = (_copied(view, place) for view in four)
    return merged != (ours | theirs) - (base - ours) - (base - theirs)


def _copied(view: View, place: Pattern | None) -> frozenset[str]:
    return frozenset[str]().union(*(view.copies.says(rule, place) for rule in view.copies.order(place)))


def _tied(one: Rule | None, other: Rule | None) -> bool:
    """Whether only their spelling says which of two new answers holds."""
    if one is None or other is None or one.pattern == other.pattern:
        return False
    ranks = [(each.pattern.bare, each.pattern.local.rank, each.pattern.domain.rank) for each in (one, other)]
    return one.account == other.account and ranks[0] == ranks[1]


def _altered(old: View, new: View) -> list[Rule]:
    sorts = apart(old.sorts.rules, new.sorts.rules)
    copies = (old.copies.rules, new.copies.rules)
    before, after = ({_meaning(rule): rule for rule in chain(*side)} for side in zip(sorts, copies, strict=True))
    return [side[key] for side, other in ((before, after), (after, before)) for key in side if key not in other]


def _meaning(rule: Rule) -> object:
    return rule.kind, meaning(rule)


def _asked(view: View, place: Pattern | None) -> Iterator[Rule]:
    winner = view.sorts.winner(place)
    yield from (winner,) if winner else ()
    yield from view.copies.order(place)


def _places(by_us: list[Rule], by_them: list[Rule], base: View) -> Iterable[Pattern | None]:
    """What changes of both sides have in common, by twos and more, and what unchanged rules take of that."""
    if any(each.pattern.bare for each in by_us) and any(each.pattern.bare for each in by_them):
        yield None
    pairs = product({each.pattern for each in by_us}, {each.pattern for each in by_them})
    met = dict.fromkeys(place for one, other in pairs for place in common(one, other))
    waiting, patterns = list(met), {each.pattern for each in (*by_us, *by_them)}
    while waiting and len(met) < MOST:
        place = waiting.pop()
        inner = dict.fromkeys(each for other in patterns for each in common(place, other) if each not in met)
        met.update(inner)
        waiting += inner
    for place in met:
        for part in (place, *base.sorts.parts(place)):
            yield part
            yield from base.copies.parts(part)


def _key(rule: Rule) -> Key:
    """As the piece has it that says the rule."""
    block = ("account", (rule.account,)) if rule.account is not None else ()
    return (rule.kind, block, str(_origin(rule)))


def _origin(rule: Rule) -> Pattern:
    """The pattern as it is written, for one that `detail` adds."""
    return Pattern.parse(rule.span.text.strip('"')) if rule.detail else rule.pattern
