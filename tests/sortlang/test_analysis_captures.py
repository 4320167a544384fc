"""The proofs agree with the router, address by address, where `*` stands on the right and domains are ours."""

import random
from itertools import product

import pytest

from sortlang import prove
from sortlang.address import Address, InvalidAddress
from sortlang.build import build
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import Alias, Domain, Rule, Rules
from universe import BOX, SPAN, target

LOCALS = [
    *map("".join, product("ab", repeat=1)),
    *map("".join, product("abx", repeat=2)),
    *map("".join, product("abx", repeat=3)),
    *["a+x", "b+x", "ab+a", "a+", "xa+b", "aaaa", "abab", "a+a+a"],
]
DOMAINS = ["a", "b", "x", "a.b", "b.a", "x.a", "ab", "p", "q", "a.x.b"]
ADDRESSES = [Address(local, domain, local) for local in LOCALS for domain in DOMAINS]

_LOCALS = ["*", "*", "*", "a*", "*b", "a", "b", "ab", "a+*"]
_DOMAINS = ["*", "a", "b", "a.b", "*.a", "a*", "p"]
_TO = ["*@p", "*@p", "*@q", "a*@p", "*x@q", "a@p", "b@q", "a+x@p", "x@r", "*@r", "*+x@p"]
_ONWARD = ["*@*", "*@*.b", "a@*"]


def some_rules(dice: random.Random) -> dict[tuple[str, str | None, str], Rule]:
    rules = [some_rule(dice) for _ in range(dice.randint(1, 5))]
    return {(each.kind, each.account, str(each.pattern)): each for each in rules}


def some_rule(dice: random.Random) -> Rule:
    pattern = Pattern.parse(f"{dice.choice(_LOCALS)}@{dice.choice(_DOMAINS)}" if dice.random() < 0.9 else "*")
    goals = [*_TO, *_ONWARD, "discard"]
    fit = [each for each in goals if _fits(pattern, each)]
    kind, scope = ("copy" if dice.random() < 0.2 else "sort"), dice.choice([None, None, None, "box"])
    goal = dice.choice([each for each in fit if kind == "sort" or "@" in each])
    return Rule(kind, pattern, (target(goal),), scope, span=SPAN)  # type: ignore[arg-type]


def _fits(pattern: Pattern, goal: str) -> bool:
    """As the compiler demands: one `*` on the left for each on the right, in the same part."""
    local, _, domain = goal.partition("@")
    return not pattern.bare * ("*" in goal) and all(
        "*" not in right or left.stars == 1 for left, right in ((pattern.local, local), (pattern.domain, domain))
    )


def some_domains(dice: random.Random) -> dict[str, Domain]:
    names = dice.sample(["p", "q", "a", "b", "a.b"], dice.choice([0, 1, 1, 2]))
    return {name: some_domain(dice, name) for name in names}


def some_domain(dice: random.Random, name: str) -> Domain:
    known = frozenset(dice.sample(["a", "b", "ab", "ax", "x", "a+x"], dice.randint(0, 4)))
    aliases = tuple(
        Alias(local, (Address.parse(dice.choice(["b@p", "x@r", "a@q"])),), span=SPAN)
        for local in dice.sample(["a", "x", "ba"], dice.choice([0, 0, 1, 2]))
    )
    return Domain(name, dice.choice([None, known, known]), aliases, dice.choice(["", "+"]), span=SPAN)


def program(rules: dict[tuple[str, str | None, str], Rule], domains: dict[str, Domain]) -> Program:
    sorts, copies = (tuple(each for each in rules.values() if each.kind == kind) for kind in ("sort", "copy"))
    return build(Rules(accounts=(BOX,), sorts=sorts, copies=copies, domains=tuple(domains.values()), span=SPAN))


def goes(ruled: Program, address: Address | None, account: str | None) -> set[str] | None:
    """Where mail for the address goes; None where a `*` that took nothing leaves no address."""
    try:
        route = ruled.route(address, account)
    except InvalidAddress:
        return None
    return {f"{each.address.local}@{each.address.domain}" if each.address else each.kind for each in route.destinations}


def altered(dice: random.Random, rules: dict[tuple[str, str | None, str], Rule], domains: dict[str, Domain]) -> Program:
    rules, domains = dict(rules), dict(domains)
    for _ in range(dice.randint(1, 2)):
        what = dice.random()
        if what < 0.3 and domains:
            name = dice.choice(list(domains))
            domains[name] = some_domain(dice, name)
        elif what < 0.6 and rules:
            del rules[dice.choice(list(rules))]
        else:
            rule = some_rule(dice)
            rules[(rule.kind, rule.account, str(rule.pattern))] = rule
    return program(rules, domains)


@pytest.mark.parametrize("seed", range(6))
def test_changes(seed: int) -> None:
    dice = random.Random(seed)
    checked = alike = 0
    for _ in range(100):
        rules, domains = some_rules(dice), some_domains(dice)
        old, new = program(rules, domains), altered(dice, rules, domains)
        found = prove.changes(old, new)
        own = any(each.account for side in (old, new) for each in (*side.rules.sorts, *side.rules.copies))
        for account in (None, "box"):
            regions = [each.region for each in found if account in each.scopes or not own]
            for each in regions:
                was, will = goes(old, each.witness, account), goes(new, each.witness, account)
                assert was != will or was is None, str(each)
            for address in ADDRESSES:
                was, will = goes(old, address, account), goes(new, address, account)
                claimed = any(each.takes(address) for each in regions)
                assert claimed or was == will or None in (was, will), (str(address), account, old.rules, new.rules)
                checked += claimed
                alike += claimed and was == will is not None
    assert checked > 5_000
    assert alike < checked / 200, "only runs of one piece come out alike"


@pytest.mark.parametrize("seed", range(6))
def test_decisions(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(100):
        ruled, account = program(some_rules(dice), some_domains(dice)), dice.choice([None, "box"])
        pattern = some_rule(dice).pattern
        found = prove.decides(ruled, pattern, account)
        assert {id(each.rule) for each in found if each.rule} <= {
            id(each) for each in prove.winning(ruled, pattern, account)
        }
        for address in (each for each in ADDRESSES if pattern.matches(each)):
            here = [each for each in found if each.region.takes(address)]
            assert here, (str(pattern), str(address), ruled.rules)
            winner = ruled.winner(address, account)
            assert all(each.rule is winner for each in here), (str(pattern), str(address), ruled.rules)


@pytest.mark.parametrize("seed", range(4))
def test_redundant_rules_and_reached_ones(seed: int) -> None:
    dice = random.Random(seed)
    needless = 0
    for _ in range(100):
        rules, domains = some_rules(dice), some_domains(dice)
        ruled = program(rules, domains)
        found = [each.rule for each in prove.redundant(ruled)]
        needless += len(found)
        for key, rule in rules.items():
            rest = program({each: rules[each] for each in rules if each != key}, domains)
            assert (rule in found) is prove.equivalent(ruled, rest), (str(rule), ruled.rules)
            reach = prove.reached(ruled, rule)
            if rule.kind == "sort":
                views = [rule.account] if rule.account else [None, "box"]
                won = any(ruled.winner(address, each) is rule for address in (*ADDRESSES, None) for each in views)
                assert reach or not won, (str(rule), ruled.rules)
                assert not reach or any(ruled.winner(reach.witness, each) is rule for each in views), str(rule)
    assert needless > 20
