"""Lints: what they must find, what they must not, and that a witness is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from in_memory import ACCOUNT, compiled, found, program
from sortlang.address import Address
from sortlang.check import LINTS
from sortlang.pattern import Pattern

OPEN = 'account "a" < server "pop.ex.com"; user "u"; password env "P"; {} >\n'
GLOBS = st.lists(st.sampled_from(["*", "a", "b", "ab"]), min_size=1, max_size=6).map("".join)
PATTERNS = st.one_of(st.just("*"), st.tuples(GLOBS, GLOBS.map(lambda glob: f"{glob}.x")).map("@".join))
RULES = st.lists(PATTERNS, max_size=8, unique_by=Pattern.parse).map(
    lambda patterns: "".join(f'sort "{each}" -> t{place}@ex.com;\n' for place, each in enumerate(patterns))
)


def only(name: str, text: str) -> list[str]:
    """The witnesses of the findings of that name."""
    return [each.witness for each in compiled(text)[1] if each.name == name]


def test_lints_are_named_as_their_findings() -> None:
    names = [each.name for each in LINTS]
    assert names == sorted(names)
    assert all(each.doc and not each.doc.endswith(".") for each in LINTS)


@pytest.mark.parametrize(
    ("rules", "witness"),
    [
        ("", "nobody@example.org"),
        ("sort anna@ex.com -> anna@ex.com;", "nobody@ex.com"),
        ('sort "*@ex.com" -> anna@ex.com;', "nobody@example.org"),
        ('sort "*@ex.com", nobody@* -> anna@ex.com;', "someone@example.org"),
        ('sort "*@*" -> anna@ex.com;', ""),
    ],
)
def test_missing_catch_all(rules: str, witness: str) -> None:
    assert only("missing-catch-all", OPEN.format("") + rules) == [witness]


@pytest.mark.parametrize("setting", ["disabled;", "deliver a@ex.com;", "sort * -> a@ex.com;"])
def test_an_account_whose_mail_cannot_fall_through_needs_no_catch_all(setting: str) -> None:
    assert found(OPEN.format(setting)) == []


def test_rules_without_accounts_need_no_catch_all() -> None:
    assert found("sort a@ex.com -> b@ex.com;") == []


@given(rules=RULES)
def test_the_witness_of_a_missing_catch_all_is_taken_by_no_rule(rules: str) -> None:
    for witness in only("missing-catch-all", OPEN.format("") + rules):
        assert not witness or program(rules).winner(Address.parse(witness)) is None


@pytest.mark.parametrize(
    "rules",
    [
        'sort "*-a-*@ex.com" -> x@ex.com; sort "*-b-*@ex.com" -> x@ex.com;',
        'sort "*-a-*@ex.com" -> x@ex.com; sort "*-bb-*@ex.com" -> y@ex.com;',
        'sort "p*-a-*@ex.com" -> x@ex.com; sort "q*-b-*@ex.com" -> y@ex.com;',
        'sort "*-a-*@ex.com" -> x@ex.com; sort "*-b-*@ex.org" -> y@ex.com;',
        'sort "a*@ex.com" -> x@ex.com; sort "*a@ex.com" -> y@ex.com;',
        'copy "*-a-*@ex.com" -> x@ex.com; copy "*-b-*@ex.com" -> y@ex.com;',
    ],
)
def test_patterns_that_do_not_tie(rules: str) -> None:
    assert found(rules) == []


def test_patterns_that_other_rules_always_beat_do_not_tie() -> None:
    tied = 'sort "*a*@ex.com" -> x@ex.com; sort "*b*@ex.com" -> y@ex.com;'
    assert len(only("tied-patterns", tied)) == 1
    assert only("tied-patterns", tied + 'sort "*a*b*@ex.com" -> z@ex.com;') == ["ba@ex.com"]
    assert only("tied-patterns", tied + 'sort "*a*b*@ex.com", "*b*a*@ex.com" -> z@ex.com;') == []


def test_ties_in_the_domain_and_in_an_account() -> None:
    assert only("tied-patterns", 'sort "a@*.b.*.x" -> x@ex.com; sort "a@*.c.*.x" -> y@ex.com;')
    inner = 'sort "*-a-*@ex.com" -> x@ex.com; sort "*-b-*@ex.com" -> y@ex.com;'
    assert only("tied-patterns", ACCOUNT.format(inner))
    assert not only("tied-patterns", ACCOUNT.format(inner[:34]) + inner[34:])


@given(rules=RULES)
def test_the_witness_of_a_tie_is_taken_by_two_rules_of_one_rank(rules: str) -> None:
    for witness in only("tied-patterns", rules):
        first, second, *_ = program(rules).sorts[None].matches(Address.parse(witness))
        assert first.pattern.rank[:-1] == second.pattern.rank[:-1]
        assert first.targets != second.targets


@given(rules=RULES)
def test_whatever_is_tied_at_an_address_is_found(rules: str) -> None:
    table = program(rules).sorts.get(None)
    for local in ("a", "ab", "ba", "abab", "aabb", "baab"):
        taken = table.matches(Address.parse(f"{local}@{local}.x")) if table else []
        if len(taken) > 1 and taken[0].pattern.rank[:-1] == taken[1].pattern.rank[:-1]:
            assert only("tied-patterns", rules)


@pytest.mark.parametrize(
    ("host", "clear"),
    [
        ("pop.ex.com", True),
        ("localhost", False),
        ("127.9.9.9", False),
        ("::1", False),
        ("a.localhost", False),
        ("10.0.0.1", True),
    ],
)
def test_cleartext_password(host: str, clear: bool) -> None:
    text = f'account "a" < server "{host}"; user "u"; password env "P"; tls off; > sort * -> a@ex.com;'
    assert found(text) == ["cleartext-password"] * clear


def test_the_witness_of_an_empty_capture_is_what_the_rule_takes() -> None:
    assert only("empty-capture", 'sort "sales*@ex.com" -> "*@sales.com";') == ["sales@ex.com"]
    assert only("empty-capture", 'sort "*@*ex.com" -> "x@*.com";') == ["x@ex.com"]
    assert only("empty-capture", 'sort "a*b@*" -> "*@b.com";') == ["ab@x"]
    assert only("empty-capture", 'sort "*@*.ex.com" -> "*@*.com";') == []
    assert only("empty-capture", 'sort "a@*ex.com" -> "x@*.com";') == ["a@ex.com"]
    assert only("empty-capture", 'copy "a@*ex.com" -> "x@*.com"; copy a@ex.com -> b@ex.com;') == ["a@ex.com"]
