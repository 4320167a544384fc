"""A Change: addresses whose mail goes elsewhere, from where and to where."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Literal

from sortlang.address import folded
from sortlang.analysis.asked import Asked
from sortlang.analysis.chance import chances
from sortlang.analysis.contest import contests, earlier
from sortlang.analysis.lost import lost
from sortlang.analysis.meet import common
from sortlang.analysis.outcome import carried, outcome
from sortlang.analysis.region import NOBODY, Region, region
from sortlang.analysis.view import View
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import Rule, Target, Transport


@dataclass(frozen=True, slots=True)
class Change:
    """`before` and `after`: where mail of the region goes, each place an address with `*` for what varies, or a word.

    `sort`: the places that `sort` says. `copy`: those that only one side copies to. `transport`: the region is one of
    deliver-to addresses, and how they are delivered. `scopes`: the accounts for which it holds, None for the file's own
    rules. `old` and `new`: the rules that say so, None if no rule does.
    """

    kind: Literal["sort", "copy", "transport"]
    region: Region
    before: tuple[str, ...]
    after: tuple[str, ...]
    scopes: tuple[str | None, ...] = (None,)
    old: Rule | Transport | None = field(default=None, compare=False)
    new: Rule | Transport | None = field(default=None, compare=False)


def changes_between(old: View, new: View) -> Iterator[Change]:
    """What changes for the mail that the two views are asked about."""
    yield from _sorted_otherwise(old, new)
    for here, rule, places in lost(old, new, meaning):
        yield Change("copy", here, tuple(sorted(places)), (), (old.account,), old=rule)
    for here, rule, places in lost(new, old, meaning):
        yield Change("copy", here, (), tuple(sorted(places)), (new.account,), new=rule)


def carried_otherwise(old: Program, new: Program) -> Iterator[Change]:
    """The deliver-to addresses that are delivered in another way."""
    before, after = (Asked.of([each.transports], each.rules.transports) for each in (old, new))
    for pattern, r, s in contests(before, after, _carriage):
        here = region(pattern, earlier(pattern, (before, r), (after, s))) if carried(r) != carried(s) else None
        if here:
            yield Change("transport", here, (carried(r),), (carried(s),), old=r, new=s)


def meaning(rule: Rule) -> object:
    """What the rule says, by which two rules are the same one; the order of its targets means nothing."""
    return rule.account, rule.pattern, frozenset(map(_target, rule.targets))


def merged(changes: Iterable[Change]) -> tuple[Change, ...]:
    """One change for what is lost and what is gained in a region, one for all accounts that have it alike."""
    copies: dict[object, Change] = {}
    for each in changes:
        key: object = (each.kind, each.region, each.scopes) if each.kind == "copy" else id(each)
        copies[key] = _together(copies[key], each) if key in copies else each
    alike: dict[object, Change] = {}
    for each in copies.values():
        key = (each.kind, each.region, each.before, each.after)
        scopes = alike[key].scopes if key in alike else ()
        alike[key] = replace(alike.get(key, each), scopes=(*scopes, *each.scopes))
    return tuple(sorted(alike.values(), key=lambda each: (each.kind != "sort", each.kind, str(each.region))))


def _together(one: Change, other: Change) -> Change:
    before, after = sorted({*one.before, *other.before}), sorted({*one.after, *other.after})
    return replace(one, before=tuple(before), after=tuple(after), old=one.old or other.old, new=one.new or other.new)


def _sorted_otherwise(old: View, new: View) -> Iterator[Change]:
    for pattern, r, s in contests(old.sorts, new.sorts, meaning):
        if _moves(old, new, pattern):
            taken = chain(earlier(pattern, (old.sorts, r), (new.sorts, s)), _alike(old, new, pattern))
            if here := region(pattern, taken, partial(_moves, old, new)):
                yield _sorted(old.account, here, pattern, r, s)
    if _moves(old, new, None):
        yield _sorted(old.account, NOBODY, None, old.sorts.winner(None), new.sorts.winner(None))


def _moves(old: View, new: View, pattern: Pattern | None) -> bool:
    """Whether mail that `sort` sends somewhere, before or after, does not go there on the other side by any rule."""
    was, will = (outcome(side.sorts.winner(pattern), pattern) for side in (old, new))
    return was != will and not (was <= new.destinations(pattern) and will <= old.destinations(pattern))


def _sorted(account: str | None, here: Region, pattern: Pattern | None, r: Rule | None, s: Rule | None) -> Change:
    before, after = (tuple(sorted(outcome(rule, pattern))) for rule in (r, s))
    return Change("sort", here, before, after, (account,), r, s)


def _alike(old: View, new: View, pattern: Pattern) -> Iterator[Pattern]:
    """Where, within the pattern, all goes as before: copies make up for `sort`, or a name is the one written out."""
    chance = chances(pattern, old.destinations(pattern), new.destinations(pattern))
    for inner in chain(_copied(old, new, pattern), chance):
        if not _moves(old, new, inner):
            yield inner


def _copied(old: View, new: View, pattern: Pattern) -> Iterable[Pattern]:
    """Where, within the pattern, copies go to where `sort` sends the mail too: for one, and for several at once."""
    found: dict[Pattern, None] = {}
    waiting = [pattern]
    while waiting:
        outer = waiting.pop()
        for rule in chain(old.copies.around(outer), new.copies.around(outer)):
            for inner in common(outer, rule.pattern):
                if inner != outer and inner not in found and _echoes(old, new, rule, inner):
                    found[inner] = None
                    waiting.append(inner)
    return found


def _echoes(old: View, new: View, copy: Rule, pattern: Pattern) -> bool:
    """Whether the copy goes to a place that a `sort` answer names."""
    sorted_ = outcome(old.sorts.winner(pattern), pattern) | outcome(new.sorts.winner(pattern), pattern)
    return not sorted_.isdisjoint(outcome(copy, pattern))


def _target(target: Target) -> object:
    return target.kind, folded(target.local), target.domain


def _carriage(transport: Transport) -> object:
    return transport.pattern, transport.kind, transport.arguments
