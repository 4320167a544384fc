"""The proofs agree with finite automata, for addresses of any length; the automata are automata-lib's."""

import random
from functools import cache, reduce
from operator import or_
from typing import Any

import pytest
from automata.fa.dfa import DFA
from automata.fa.nfa import NFA

from sortlang import prove
from sortlang.analysis.meet import meet, within
from sortlang.analysis.region import Region
from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern
from universe import altered, delivered, program, some_pattern, some_rules

LETTERS = "abx"
"""Those of the rules, and one that they do not know."""


@cache
def language(regex: str) -> Any:
    return DFA.from_nfa(NFA.from_regex(regex, input_symbols={*LETTERS, ".", "@"}))


def regex(glob: str, letters: str) -> str:
    return glob.replace(".", r"\.").replace("*", f"({letters})*")


LOCAL, DOMAIN = "a|b|x", r"a|b|x|\."
ADDRESS = language(r"(a|b|x)+@(a|b|x)+(\.(a|b|x)+)*")
NONE = ADDRESS - ADDRESS


@cache
def members(pattern: str) -> Any:
    local, _, domain = ("*@*" if pattern == "*" else pattern).partition("@")
    return ADDRESS & language(f"{regex(local, LOCAL)}@{regex(domain, DOMAIN)}")


def addresses(region: Region) -> Any:
    if region.pattern is None:
        return NONE
    return members(str(region.pattern)) - union(members(str(each)) for each in region.exceptions)


def union(languages: Any) -> Any:
    return reduce(or_, languages, NONE)


def some_glob(dice: random.Random) -> Glob:
    return Glob.of("".join(dice.choice("ab*") for _ in range(dice.randint(1, 7))))


@pytest.mark.parametrize("seed", range(4))
def test_what_two_globs_have_in_common(seed: int) -> None:
    dice = random.Random(seed)
    several = 0
    for _ in range(400):
        one, other = some_glob(dice), some_glob(dice)
        met = meet(one, other)
        here = [language(regex(each.text, LOCAL)) for each in met]
        assert union(here) == language(regex(one.text, LOCAL)) & language(regex(other.text, LOCAL)), (one, other)
        assert not any(a is not b and b.matches(a.text) for a in met for b in met)
        assert within(Pattern(one, Glob("a")), Pattern(other, Glob("a"))) is (met == (one,))
        several += len(met) > 1
    assert several > 20


@pytest.mark.parametrize("seed", range(10))
def test_changes(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(100):
        before = some_rules(dice, 5)
        after = altered(dice, before)
        found = prove.changes(program(before), program(after))
        own = any(each[1] for each in (*before, *after))
        for account in (None, "box") if own else (None,):
            regions = [each.region for each in found if account in each.scopes]
            was, will = (delivered(each, account, ADDRESS, members) for each in (before, after))
            moved = union(was.get(each, NONE) ^ will.get(each, NONE) for each in {*was, *will})
            assert union(map(addresses, regions)) == moved, (account, before, after)


@pytest.mark.parametrize("seed", range(10))
def test_decisions(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(100):
        texts, pattern = some_rules(dice, 5), some_pattern(dice)
        found = prove.decides(program(texts), Pattern.parse(pattern))
        assert union(addresses(each.region) for each in found) == members(pattern), (texts, pattern)
        for place, those in delivered(texts, None, ADDRESS, members).items():
            here = union(addresses(each.region) for each in found if place in each.destinations)
            assert here == those & members(pattern), (texts, pattern, place)
