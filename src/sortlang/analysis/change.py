"""A Change: addresses whose mail goes elsewhere, from where and to where."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from functools import partial
from itertools import chain
from typing import Literal

from sortlang.address import folded
from sortlang.analysis.asked import Asked
from sortlang.analysis.chance import chances
from sortlang.analysis.contest import contests
from sortlang.analysis.lost import lost
from sortlang.analysis.outcome import carried
from sortlang.analysis.region import NOBODY, Region, region
from sortlang.analysis.view import View
from sortlang.frozen import frozen
from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import Rule, Target, Transport

Kind = Literal["sort", "copy", "list", "transport"]
Sides = tuple[frozenset[str], frozenset[str]]


@frozen
class Change:
    """`before` and `after`: where mail of the region goes, each place an address with `*` for what varies, or a word.

    `sort`: the places that `sort` says. `copy`: those that only one side copies to. `list`: what `sort list` says, with
    the list's name for the domain. `transport`: the region is one of deliver-to addresses, and how they are delivered.
    `scopes`: the accounts for which it holds, None for the file's own rules. `old` and `new`: the rules that say so,
    None if no rule does.
    """

    kind: Kind
    region: Region
    before: tuple[str, ...]
    after: tuple[str, ...]
    scopes: tuple[str | None, ...] = (None,)
    old: Rule | Transport | None = field(default=None, compare=False)
    new: Rule | Transport | None = field(default=None, compare=False)


def changes_between(old: View, new: View) -> Iterator[Change]:
    """What changes for the mail that the two views are asked about."""
    touched = _touched(old, new)
    yield from _sorted_otherwise(old, new, touched)
    for here, rule, places in lost(old, new, _altered(new.copies, touched)):
        yield Change("copy", here, tuple(sorted(places)), (), (old.account,), old=rule)
    for here, rule, places in lost(new, old, _altered(old.copies, touched)):
        yield Change("copy", here, (), tuple(sorted(places)), (new.account,), new=rule)
    yield from _listed_otherwise(old, new, touched)


def carried_otherwise(old: Program, new: Program) -> Iterator[Change]:
    """The deliver-to addresses that are delivered in another way."""
    before, after = (Asked.of([each.transports], each.rules.transports, _carried) for each in (old, new))
    for pattern, r, s, taken in contests(before, after, _carriage):
        if here := region(pattern, taken):
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


def _sorted_otherwise(old: View, new: View, touched: Callable[[Rule], bool] | None) -> Iterator[Change]:
    moves = partial(_moves, old, new)
    for pattern, r, s, taken in contests(old.sorts, new.sorts, meaning, touched):
        here = region(pattern, chain(taken, _alike(old, new, pattern)), moves) if moves(pattern) else None
        if here:
            yield _change("sort", here, (r, s), (old.sorted(pattern), new.sorted(pattern)), old.account)
    if moves(None):
        winners = old.sorts.winner(None), new.sorts.winner(None)
        yield _change("sort", NOBODY, winners, (old.sorted(None), new.sorted(None)), old.account)


def _listed_otherwise(old: View, new: View, touched: Callable[[Rule], bool] | None) -> Iterator[Change]:
    for pattern, r, s, taken in contests(old.lists, new.lists, meaning, touched):
        if here := region(pattern, taken):
            yield _change("list", here, (r, s), (old.lists.says(r, None), new.lists.says(s, None)), old.account)


def _change(
    kind: Kind, here: Region, rules: tuple[Rule | None, Rule | None], places: Sides, account: str | None
) -> Change:
    before, after = (tuple(sorted(each)) for each in places)
    return Change(kind, here, before, after, (account,), *rules)


def _touched(old: View, new: View) -> Callable[[Rule], bool] | None:
    """Whether a rule leads to a domain of ours of which the two sides say different things; None: there is none."""
    before, after = old.ours.program.domains, new.ours.program.domains
    changed = [each for each in {*before, *after} if before.get(each) != after.get(each)]
    if not changed:
        return None
    return lambda rule: any(Glob(target.domain).matches(each) for each in changed for target in rule.targets)


def _altered(other: Asked[Rule], touched: Callable[[Rule], bool] | None) -> Callable[[Rule], bool]:
    known = set(map(meaning, other.rules))
    return lambda rule: meaning(rule) not in known or (touched is not None and touched(rule))


def _moves(old: View, new: View, pattern: Pattern | None) -> bool:
    """Whether mail that `sort` sends somewhere, before or after, does not go there on the other side by any rule."""
    was, will = old.sorted(pattern), new.sorted(pattern)
    return was != will and not (was <= new.destinations(pattern) and will <= old.destinations(pattern))


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
        for inner in chain(old.copies.parts(outer), new.copies.parts(outer)):
            if inner != outer and inner not in found and _echoes(old, new, inner):
                found[inner] = None
                waiting.append(inner)
    return found


def _echoes(old: View, new: View, pattern: Pattern) -> bool:
    """Whether a copy goes to a place that a `sort` answer names."""
    named = old.sorted(pattern) | new.sorted(pattern)
    return any(named & side.copies.says(each, pattern) for side in (old, new) for each in side.copies.order(pattern))


def _target(target: Target) -> object:
    return target.kind, folded(target.local), target.domain


def _carriage(transport: Transport) -> object:
    return transport.pattern, transport.kind, transport.arguments, transport.access


def _carried(transport: Transport | None, _place: Pattern | None) -> frozenset[str]:
    return frozenset({carried(transport)})
