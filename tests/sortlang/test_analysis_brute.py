"""The proofs agree with a walk through every address of a small world, on twenty thousand sets of rules."""

import random
from functools import reduce
from operator import or_

import pytest

from sortlang import prove
from sortlang.analysis.change import Change
from sortlang.analysis.region import Region
from sortlang.pattern import Pattern
from sortlang.program import Program
from universe import EVERYTHING, Text, altered, delivered, members, number, program, some_pattern, some_rules, won

CASES = 500
SIDES = ("before", "after")


def addresses(region: Region) -> int:
    """Those of the world that lie in the region."""
    if region.pattern is None:
        return 0
    taken = reduce(or_, (members(str(each)) for each in region.exceptions), 0)
    return members(str(region.pattern)) & ~taken


def all_of(regions: list[Region]) -> int:
    return reduce(or_, map(addresses, regions), 0)


def places(program: Program, region: Region, account: str | None) -> set[str]:
    """Where mail for the witness really goes."""
    route = program.route(region.witness, account)
    return {str(each.address) if each.address else each.kind for each in route.destinations}


@pytest.mark.parametrize("seed", range(20))
def test_changes_are_the_addresses_whose_mail_goes_elsewhere(seed: int) -> None:
    dice = random.Random(seed)
    changed = 0
    for _ in range(CASES):
        before = some_rules(dice, 6)
        after = altered(dice, before) if dice.random() < 0.8 else some_rules(dice, 6)
        old, new = program(before), program(after)
        found = prove.changes(old, new)
        assert prove.equivalent(old, new) is (not found)
        for account in (None, "box"):
            those = [each for each in found if account in each.scopes or not _own(before, after)]
            _compare(those, delivered(before, account), delivered(after, account), (before, after))
            _shown(those, old, new, account)
        changed += bool(found)
    assert CASES * 0.5 < changed < CASES


def _own(before: list[Text], after: list[Text]) -> bool:
    """Whether the account has rules of its own; if not, what holds for the file holds for it."""
    return any(each[1] for each in (*before, *after))


def _compare(found: list[Change], old: dict[str, int], new: dict[str, int], rules: object) -> None:
    moved = 0
    for place in {*old, *new}:
        was, will = old.get(place, 0), new.get(place, 0)
        lost, gained = was & ~will, will & ~was
        moved |= lost | gained
        before, after = (all_of([each.region for each in found if place in getattr(each, side)]) for side in SIDES)
        assert not_one(lost & ~before) and not_one(before & ~was), (place, "before", rules)
        assert not_one(gained & ~after) and not_one(after & ~will), (place, "after", rules)
    assert not_one(all_of([each.region for each in found]) ^ moved), rules


def not_one(those: int) -> bool:
    """So that pytest does not write the number out."""
    return those == 0


def _shown(found: list[Change], old: Program, new: Program, account: str | None) -> None:
    for each in found:
        assert each.region.takes(each.region.witness)
        was, is_now = places(old, each.region, account), places(new, each.region, account)
        assert was != is_now
        assert {*each.before} <= was
        assert {*each.after} <= is_now


@pytest.mark.parametrize("seed", range(10))
def test_decisions_cover_a_pattern_and_say_where_its_mail_goes(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(CASES):
        texts, pattern, account = some_rules(dice, 6), some_pattern(dice), dice.choice([None, "box"])
        ruled = program(texts)
        found = prove.decides(ruled, Pattern.parse(pattern), account)
        assert not_one(all_of([each.region for each in found]) ^ members(pattern)), (texts, pattern)
        truth = delivered(texts, account)
        for each in found:
            assert each.region.takes(each.region.witness)
            assert places(ruled, each.region, account) == each.destinations
            for place, those in truth.items():
                here = addresses(each.region)
                assert not_one((here & those) ^ (here if place in each.destinations else 0)), (texts, pattern)


@pytest.mark.parametrize("seed", range(5))
def test_a_redundant_rule_changes_nothing_and_any_other_does(seed: int) -> None:
    dice = random.Random(seed)
    needless = 0
    for _ in range(CASES):
        texts = some_rules(dice, 6)
        ruled = program(texts)
        found = [each.rule for each in prove.redundant(ruled)]
        for rule in (*ruled.rules.sorts, *ruled.rules.copies):
            rest = [each for each in texts if each[:3] != (rule.kind, rule.account, str(rule.pattern))]
            same = all(_nonempty(delivered(texts, each)) == _nonempty(delivered(rest, each)) for each in (None, "box"))
            nobody = rule.pattern.bare and any(
                _nobody(ruled, each) != _nobody(program(rest), each) for each in (None, "box")
            )
            assert (rule in found) is (same and not nobody), (texts, str(rule))
        needless += len(found)
    assert needless > CASES // 4


def _nonempty(delivered: dict[str, int]) -> dict[str, int]:
    return {place: those for place, those in delivered.items() if those}


def _nobody(ruled: Program, account: str | None) -> set[str]:
    return places(ruled, Region(None), account)


@pytest.mark.parametrize("seed", range(5))
def test_what_no_rule_takes_and_what_each_rule_wins(seed: int) -> None:
    dice = random.Random(seed)
    covered = 0
    for _ in range(CASES):
        texts = some_rules(dice, 6)
        ruled = program(texts)
        open_ = prove.uncovered(ruled.rules.sorts)
        own = [(kind, None, pattern, targets) for kind, _, pattern, targets in texts if kind == "sort"]
        assert (open_ is None) is any(each[2] == "*" for each in own)
        assert not_one(addresses(open_ or Region(None)) ^ won(own, None)[None]), texts
        covered += open_ is None
        for rule in ruled.rules.sorts:
            reach = prove.reached(ruled, rule)
            text = next(each for each in texts if each[:3] == ("sort", rule.account, str(rule.pattern)))
            masks = [won(texts, account)[text] for account in ("box", rule.account)]
            assert (reach is not None) is (any(masks) or _alone(ruled, rule.pattern)), (texts, str(rule))
            assert reach is None or any(ruled.winner(reach.witness, each) is rule for each in (None, "box"))
    assert covered > CASES // 20


def _alone(ruled: Program, pattern: Pattern) -> bool:
    return pattern.bare and any(ruled.winner(None, each) is not None for each in (None, "box"))


def test_the_world_is_large_enough_to_notice() -> None:
    assert EVERYTHING.bit_count() > 10_000
    address = prove.overlaps(Pattern.parse("a*b@*.a"), Pattern.parse("*b@b*"))
    assert address is not None
    assert number(address) is not None or len(address.domain) > 4
