"""Expectations: how they are read, and what becomes of each kind."""

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from in_memory import compiled, found, program
from sortlang.address import Address
from sortlang.expectations.verdict import Verdict, places
from sortlang.expectations.wording import worded
from sortlang.mutate import mutate
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.reports import verdicts as text
from sortlang.rules import Expectation
from sortlang.test import test as tried

RULES = """
account "a" < server "pop.ex.com"; user "u"; password env "P"; sort boss@ex.com -> ceo@ex.com; >
account "all" < server "pop.ex.com"; user "v"; password env "P"; deliver all@ex.com; >
sort "*@ex.com" -> "*@ex.com";
sort spam@ex.com -> discard;
sort legal@ex.com -> keep;
sort * -> admin@ex.com;
copy anna@ex.com -> log@ex.com;
"""
LETTER = b"X-Original-To: anna@ex.com\r\nTo: ben@ex.com\r\nSubject: X-Original-To\r\n\r\nDelivered-To: spam@ex.com\r\n"


def read(name: str) -> bytes:
    if name != "order.eml":
        raise FileNotFoundError(2, "No such file or directory")
    return LETTER


def verdicts(expectations: str, rules: str = RULES) -> tuple[Verdict, ...]:
    return tried(program(rules + expectations), read)


@pytest.mark.parametrize(
    "line",
    [
        "anna@ex.com -> anna@ex.com, log@ex.com",
        "Anna@EX.com -> log@ex.com, ANNA@ex.com",
        "ben@ex.com, ben@ex.com -> ben@ex.com",
        "spam@ex.com -> discard",
        "legal@ex.com -> keep",
        "* -> admin@ex.com",
        "who@ex.net -> admin@ex.com",
        'boss@ex.com in "a" -> ceo@ex.com',
        "boss@ex.com -> boss@ex.com",
        'spam@ex.com in "all" -> all@ex.com',
        'message "order.eml" in "a" -> anna@ex.com, log@ex.com',
        'message "order.eml" in "all" -> all@ex.com',
        'every "b*@ex.com" -> "b*@ex.com"',
        "every spam@ex.com -> discard",
        'every "*@*.net" -> admin@ex.com',
        'every * in "all" -> all@ex.com',
        "never * -> ben@ex.net",
        'never "*@ex.net" -> discard, keep',
        'never "*@ex.com" -> admin@ex.net, "*@ex.org"',
        'never "b*@ex.com" -> discard, log@ex.com, "a*@*"',
    ],
)
def test_it_holds(line: str) -> None:
    assert [each.holds for each in verdicts(f"expect {line};")] == [True] * (2 if line.startswith("ben") else 1)


@pytest.mark.parametrize(
    ("line", "got", "winner", "beaten", "instead", "witness"),
    [
        ("anna@ex.com -> anna@ex.com", "anna@ex.com log@ex.com", "*@ex.com", "*", False, None),
        ("spam@ex.com -> spam@ex.com", "discard", "spam@ex.com", "*@ex.com", True, None),
        ("spam@ex.com -> admin@ex.com", "discard", "spam@ex.com", "*", True, None),
        ("* -> discard", "admin@ex.com", "*", None, False, None),
        ('boss@ex.com in "a" -> boss@ex.com', "ceo@ex.com", "boss@ex.com", "*@ex.com", True, None),
        ('message "order.eml" in "a" -> ben@ex.com', "anna@ex.com log@ex.com", "*@ex.com", None, False, None),
        ('every "s*@ex.com" -> "s*@ex.com"', "discard", "spam@ex.com", "*@ex.com", True, "spam@ex.com"),
        ("every * -> admin@ex.com", "anna@ex.com log@ex.com", "*@ex.com", "*", True, "anna@ex.com"),
        ("never * -> ben@ex.com", "ben@ex.com", "*@ex.com", "*", False, "ben@ex.com"),
        ('never "*@ex.com" -> "l*g@*"', "lg@ex.com", "*@ex.com", "*", False, "lg@ex.com"),
        ("never * -> discard", "discard", "spam@ex.com", "*@ex.com", False, "spam@ex.com"),
        ('never "*@ex.com" in "a" -> ceo@ex.com', "ceo@ex.com", "*@ex.com", "*", False, "ceo@ex.com"),
    ],
)
def test_it_does_not_hold(
    line: str, got: str, winner: str, beaten: str | None, instead: bool, witness: str | None
) -> None:
    (found,) = verdicts(f"expect {line};")
    assert not found.holds
    assert (str(found.region.witness) if found.region else None) == witness
    assert found.got == tuple(got.split())
    assert str(found.rules[0].pattern) == winner
    assert (str(found.beaten.pattern) if found.beaten else None, found.instead) == (beaten, instead)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("expect anna -> b@ex.com;", ["invalid-address"]),
        ('expect "*@ex.com" -> b@ex.com;', ["invalid-address"]),
        ("expect every anna -> b@ex.com;", ["invalid-pattern"]),
        ('expect a@ex.com -> "*@ex.com";', ["unbound-star"]),
        ('expect message "f.eml" in "a" -> "*@ex.com";', ["unbound-star"]),
        ('expect every "*-*@ex.com" -> "*@ex.com";', ["ambiguous-capture"]),
        ("expect a@ex.com -> nobody;", ["unknown-target"]),
        ('expect a@ex.com in "b" -> b@ex.com;', ["unknown-account"]),
        ('expect message "f.eml" -> b@ex.com;', ["wrong-value"]),
        ("expect every -> b@ex.com;", ["wrong-value"]),
        ("expect a@ex.com b@ex.com -> b@ex.com;", ["wrong-value"]),
        ('expect a@ex.com in "a" now -> b@ex.com;', ["wrong-value"]),
        ("expect a@ex.com;", ["wrong-shape"]),
    ],
)
def test_mistakes_in_it_are_found(line: str, names: list[str]) -> None:
    assert found(RULES + line) == names


def test_any_targets_may_stand_side_by_side() -> None:
    rules = RULES + "copy spam@ex.com, legal@ex.com -> log@ex.com;"
    assert all(each.holds for each in verdicts("expect spam@ex.com -> log@ex.com, discard;", rules))
    assert all(each.holds for each in verdicts("expect legal@ex.com -> keep, log@ex.com;", rules))


def test_it_means_nothing_to_mail() -> None:
    with_it, without = program(f"{RULES}expect a@ex.com -> discard;"), program(RULES)
    assert with_it.digest == without.digest
    assert with_it.rules.expectations != without.rules.expectations == ()


def test_a_message_that_cannot_be_read_is_not_tried() -> None:
    (found,) = verdicts('expect message "lost.eml" in "a" -> anna@ex.com;')
    assert (found.holds, found.trouble) == (False, "cannot read `lost.eml`: no such file or directory")


def test_the_text_of_a_failure_says_what_is_so_and_why() -> None:
    shown = text.render(verdicts("# spam\nexpect spam@ex.com -> spam@ex.com;\nexpect ben@ex.com -> ben@ex.com;"))
    assert shown.splitlines() == [
        "mail.sort:10:8: expect spam@ex.com -> spam@ex.com",
        "  # spam",
        "  expected   spam@ex.com",
        "  got        discard",
        "  by         mail.sort:5: sort spam@ex.com -> discard",
        "  not by     mail.sort:4: sort *@ex.com -> *@ex.com, which says so but is less specific",
        "",
        "1 of 2 expectations hold",
    ]


# A small world: every address of it is asked.

WORLD = [
    Address.parse(f"{local}@{domain}")
    for local in map("".join, (each for size in (1, 2, 3) for each in product("ab", repeat=size)))
    for domain in ("a.b", "b.b", "a.b.b", "b")
]
LEFTS = ("a@a.b", "ab@a.b", "*@a.b", "a*@a.b", "*b@a.b", "a*b@*", "*@*.b", "*a*@b.b", "a@*", "*@*", "*")
RIGHTS = ("a@a.b", "b@b.b", "*@b.b", "a*@a.b", "*@*.b", "b@*.b", "b*b@a.b", "*-*@a.b", "discard", "keep")
LINES = st.lists(
    st.tuples(st.sampled_from(("sort", "copy")), st.sampled_from(LEFTS), st.sampled_from(RIGHTS)), max_size=6
)


def world(lines: list[tuple[str, str, str]], more: str = "") -> Program | None:
    """The program of the lines that mean something, each pattern once for a kind."""
    kept: dict[tuple[str, str], str] = {}
    for kind, left, right in lines:
        goes = right if right in ("discard", "keep") else f'"{right}"'
        statement = f'{kind} "{left}" -> {goes};\n'
        if not [each for each in found(statement) if each in ERRORS]:
            kept.setdefault((kind, left), statement)
    return compiled("".join(kept.values()) + more)[0]


ERRORS = {"empty-capture", "unbound-star", "ambiguous-capture", "wrong-target"}


@given(LINES, st.sampled_from(LEFTS), st.sampled_from(RIGHTS))
def test_every_agrees_with_asking_all_addresses(lines: list[tuple[str, str, str]], left: str, right: str) -> None:
    goes = right if right in ("discard", "keep") else f'"{right}"'
    whole = world(lines, f'expect every "{left}" -> {goes};')
    if whole is None:
        return
    wanted = world([("sort", left, right)])
    assert wanted
    if not wanted.rules.sorts:
        return
    inside = [each for each in (*WORLD, None) if Pattern.parse(left).matches(each)]
    (verdict,) = tried(whole, read)
    if verdict.holds:
        assert [each for each in inside if goal(whole, each) != goal(wanted, each)] == []
    else:
        assert verdict.region
        assert goal(whole, verdict.region.witness) != goal(wanted, verdict.region.witness) == verdict.expected
        assert Pattern.parse(left).matches(verdict.region.witness)


@given(LINES, st.sampled_from(LEFTS), st.sampled_from((*RIGHTS, "ab@a.b", "aa-aa@a.b", "*a@*", "*ab*@*.b", "*@*")))
def test_never_agrees_with_asking_all_addresses(lines: list[tuple[str, str, str]], left: str, right: str) -> None:
    goes = right if right in ("discard", "keep") else f'"{right}"'
    whole = world(lines, f'expect never "{left}" -> {goes};')
    assert whole
    inside = [each for each in (*WORLD, None) if Pattern.parse(left).matches(each)]
    (verdict,) = tried(whole, read)
    if verdict.holds:
        assert [each for each in inside if leads(whole, each, right)] == []
    else:
        assert verdict.region
        assert leads(whole, verdict.region.witness, right)
        assert Pattern.parse(left).matches(verdict.region.witness)


@given(LINES)
def test_the_lines_that_mutants_ask_for_hold_and_notice_them(lines: list[tuple[str, str, str]]) -> None:
    whole = world(lines)
    assert whole
    mutation = mutate(whole, (), read)
    assert mutation.tried == mutation.alike + len(mutation.survivors)
    asked = {each.line for each in mutation.survivors}
    longer = world(lines, "\n".join(asked))
    assert longer
    verdicts = tried(longer, read)
    assert all(each.holds for each in verdicts)
    again = mutate(longer, verdicts, read)
    assert (again.survivors, again.noticed, again.alike) == ((), len(mutation.survivors), mutation.alike)


@given(LINES, st.randoms(use_true_random=False))
def test_order_changes_neither_verdicts_nor_mutants(lines: list[tuple[str, str, str]], dice: random.Random) -> None:
    unique = list({(kind, left): (kind, left, right) for kind, left, right in lines}.values())
    shuffled = dice.sample(unique, len(unique))
    more = "\n".join(f'expect every "{each}" -> discard; expect never "{each}" -> "a@*";' for each in LEFTS)
    one, other = world(unique, more), world(shuffled, more)
    assert one
    assert other
    assert told(one) == told(other)


def told(whole: Program) -> object:
    """What is said of a program, without places."""
    verdicts = [(each.holds, each.expected, each.got, str(each.region), each.more) for each in tried(whole, read)]
    return verdicts, sorted((each.line, each.mutant.what) for each in mutate(whole, (), read).survivors)


def goal(whole: Program, address: Address | None) -> tuple[str, ...]:
    return places([whole.route(address)])


def leads(whole: Program, address: Address | None, right: str) -> bool:
    """Whether mail for the address goes to what `right` takes."""
    if "@" not in right:
        return right in goal(whole, address)
    return any(Pattern.parse(right).matches(Address.parse(each)) for each in goal(whole, address) if "@" in each)


def test_an_expectation_is_worded_as_the_file_would_have_it() -> None:
    whole = program(RULES)
    assert worded(Address.parse("anna@ex.com"), whole, None) == "expect anna@ex.com -> anna@ex.com, log@ex.com;"
    assert worded(None, whole, "a") == 'expect * in "a" -> admin@ex.com;'
    odd = worded(Address.parse('a"b#c@ex.com'), whole, None)
    (expectation,) = program(RULES + odd).rules.expectations
    assert isinstance(expectation, Expectation)
    assert str(expectation.address) == 'a"b#c@ex.com'
