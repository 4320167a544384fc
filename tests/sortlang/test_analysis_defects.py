"""Defects put into the proofs on purpose are noticed by the same comparison that the real ones pass."""

import random
from collections.abc import Callable, Iterator
from functools import reduce
from itertools import islice
from operator import or_

import pytest

from compiled import compiled
from sortlang import prove
from sortlang.address import Address
from sortlang.analysis import asked, change, contest, lost, meet, needless, neighbours, ours, outcome, region, view
from sortlang.analysis.asked import Asked
from sortlang.analysis.region import Region
from sortlang.build import build
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import Alias, Domain, Rules
from universe import SPAN, altered, delivered, members, program, some_pattern, some_rules

CASES = 400


def fits(seed: int = 1) -> bool:
    """Whether the proofs say what a walk through the small world says, case after case, and what stands in `MAIL`."""
    dice = random.Random(seed)
    return all(_mail()) and all(_changes(dice) and _decisions(dice) and _redundant(dice) for _ in range(CASES))


def _changes(dice: random.Random) -> bool:
    before = some_rules(dice, 6)
    after = altered(dice, before)
    old, new = program(before), program(after)
    found = prove.changes(old, new)
    own = any(each[1] for each in (*before, *after))
    for account in (None, "box") if own else (None,):
        regions = [each.region for each in found if account in each.scopes]
        was, will = delivered(before, account), delivered(after, account)
        moved = reduce(or_, (was.get(each, 0) ^ will.get(each, 0) for each in {*was, *will}), 0)
        shown = all(old.route(each.witness, account) != new.route(each.witness, account) for each in regions)
        if _all(regions) != moved or not shown or not all(each.takes(each.witness) for each in regions):
            return False
    return True


def _decisions(dice: random.Random) -> bool:
    texts, pattern = some_rules(dice, 6), some_pattern(dice)
    found = prove.decides(program(texts), Pattern.parse(pattern))
    return _all([each.region for each in found]) == members(pattern) and all(
        _all([each.region for each in found if place in each.destinations]) == those & members(pattern)
        for place, those in delivered(texts, None).items()
    )


def _redundant(dice: random.Random) -> bool:
    texts = some_rules(dice, 5)
    ruled = program(texts)
    rest = {each: program([other for other in texts if other is not each]) for each in texts}
    same = {each[:3] for each in texts if prove.equivalent(ruled, rest[each])}
    return {(each.rule.kind, each.rule.account, str(each.rule.pattern)) for each in prove.redundant(ruled)} == same


def _all(regions: list[Region]) -> int:
    return reduce(or_, map(_addresses, regions), 0)


def _addresses(here: Region) -> int:
    taken = reduce(or_, (members(str(each)) for each in here.exceptions), 0)
    return members(str(here.pattern)) & ~taken if here.pattern else 0


MAIL = 'sort "*@ex.com" -> "*@in.example"; sort "*@*.old.com" -> "*@*.new.com"; sort * -> post@in.example;'


def _mail() -> Iterator[bool]:
    """What needs captures, domains of ours and names that people have."""
    old = compiled(MAIL)
    new = compiled(MAIL.replace('"*@in.example"', "anna@in.example"))
    moved = prove.changes(old, new)
    yield [str(each.region) for each in moved] == ["`*@ex.com` except `anna@ex.com`"]
    yield [(each.before, each.after) for each in moved] == [(("*@in.example",), ("anna@in.example",))]
    knowing = _knowing(MAIL)
    yield {each.region.witness.local for each in _by(knowing, "*@ex.com") if each.region.witness} >= {"ben", "carol"}
    yield all(_agrees(knowing, each) for each in ("ben@ex.com", "carol@ex.com", "dan@ex.com", "ben+x@ex.com"))


def _knowing(text: str) -> Program:

    written = compiled(text).rules
    alias = Alias("carol", (Address.parse("eva@elsewhere.example"),), span=SPAN)
    own = Domain("in.example", frozenset({"ben", "post"}), (alias,), "+", span=SPAN)
    return build(Rules(sorts=written.sorts, domains=(own,), span=SPAN))


def _by(ruled: Program, pattern: str) -> tuple[prove.Decision, ...]:
    return prove.decides(ruled, Pattern.parse(pattern))


def _agrees(ruled: Program, text: str) -> bool:
    """The region that has the address says where the router sends it."""
    address = Address.parse(text)
    places = {str(each.address) for each in ruled.route(address).destinations}
    here = [each for each in _by(ruled, "*@ex.com") if each.region.takes(address)]
    return bool(here) and all(
        each.destinations == places or any("*" in place for place in each.destinations) for each in here
    )


Defect = Callable[[pytest.MonkeyPatch], None]
DEFECTS: dict[str, Defect] = {
    "globs that overlap are not run into one another": lambda patch: patch.setattr(
        meet, "_spliced", lambda one, other: {f"{max(one.text.split('*')[0], other.text.split('*')[0], key=len)}*"}
    ),
    "of all mixes only one is kept": lambda patch: patch.setattr(
        meet, "_few", lambda mixes: set(islice(sorted(mixes), 1))
    ),
    "an account's rules are asked last": lambda patch: patch.setattr(
        asked, "place", lambda rule: (getattr(rule, "account", None) is not None, rule.pattern.rank)
    ),
    "two rules are never looked at together": lambda patch: patch.setattr(
        Asked, "parts", lambda self, pattern, worth=None: iter(())
    ),
    "rules asked earlier are no exceptions": lambda patch: patch.setattr(Asked, "taken", lambda *_: iter(())),
    "copies that make up for it are forgotten": lambda patch: patch.setattr(change, "_alike", lambda *_: iter(())),
    "copies are taken for lost wherever they are not whole": lambda patch: patch.setattr(
        lost._Copy, "made_up", lambda self, place: ()
    ),
    "a witness is not held against the exceptions": lambda patch: patch.setattr(
        region, "witness", lambda pattern, exceptions, shows: Address("anna", "example.com", "anna")
    ),
    "rules of starred domains have no neighbours": lambda patch: patch.setattr(
        neighbours.Neighbours, "_domains", lambda self, glob: [each for each in [self.domains.get(glob.text)] if each]
    ),
    "what `*` took is not put on the right": lambda patch: patch.setattr(outcome, "_captures", lambda *_: ("x", "y")),
    "a single address that comes out alike is not left out": lambda patch: patch.setattr(
        change, "chances", lambda *_: iter(())
    ),
    "nobody in our domains has a name": lambda patch: patch.setattr(ours, "_names", lambda local: iter(())),
    "aliases are not followed": lambda patch: patch.setattr(ours.Ours, "_ends", lambda self, place: (place,)),
    "a rule counts as needless if its whole pattern does not miss it": lambda patch: patch.setattr(
        needless, "_places", lambda rules, view: [rules[0].pattern]
    ),
    "what covers a place covers the exceptions too": lambda patch: patch.setattr(
        contest, "_rival", lambda rule, changed, other: False
    ),
}


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    """Nothing that was remembered with a defect, or without it, outlives it."""
    for each in (meet.meet, view._view):
        each.cache_clear()
    yield
    for each in (meet.meet, view._view):
        each.cache_clear()


def test_without_a_defect_all_agrees() -> None:
    assert fits()


@pytest.mark.parametrize("name", DEFECTS)
def test_the_defect_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    DEFECTS[name](monkeypatch)
    assert not fits()
