"""Explain: the winner, those it beat, what `*` took, where mail is put."""

from pathlib import Path

import pytest

from in_memory import program
from sortlang.address import Address
from sortlang.explain import explain
from sortlang.files import load
from sortlang.reports.prose import MOST, prose

HEAD = Path(__file__).parents[1] / "cases" / "good" / "head.sort"
RULES = """
account "a" <
    server "pop.ex.com"; user "u"; password env "P";
    # the boss reads it herself
    sort boss@ex.com -> ceo@ex.com;
    copy "*@ex.com" -> log@ex.com;
>
account "all" < server "pop.ex.com"; user "v"; password env "P"; deliver all@ex.com, two@ex.com; >
sort "*@ex.com" -> "*@ex.org";
sort * -> discard;
sort legal@ex.com -> keep;
copy boss@* -> archive@ex.org;
transport "*@ex.org" -> maildir "/srv/{local}";
"""


def told(address: str | None, account: str | None = None, rules: str = RULES) -> list[str]:
    whole = program(rules)
    scope = next((each for each in whole.accounts if each.name == account), None)
    return prose(explain(whole, Address.parse(address) if address else None, scope)).splitlines()


@pytest.mark.parametrize(
    ("address", "goes_to", "rule"),
    [
        ("anna@ex.com", "anna@ex.com", "sort *@ex.com -> *@ex.com"),
        ("nobody@other.org", "admin@ex.com", "sort * -> admin@ex.com"),
    ],
)
def test_the_first_file_of_all(address: str, goes_to: str, rule: str) -> None:
    whole, _ = load(HEAD)
    assert whole
    explanation = explain(whole, Address.parse(address))
    assert [str(each.destination.address) for each in explanation.deliveries] == [goes_to]
    lines = prose(explanation).splitlines()
    assert lines[0] == f"{address} -> {goes_to}"
    assert lines[2] == f"sorted by  {HEAD}:2: {rule}"


def test_an_answer_in_full() -> None:
    assert told("Boss+x@ex.com", "a") == [
        'Boss+x@ex.com through account "a" -> Boss+x@ex.org, log@ex.com',
        "",
        "sorted by  mail.sort:9: sort *@ex.com -> *@ex.org",
        "           `*` before the `@` took `Boss+x`",
        "before     mail.sort:10: sort * -> discard",
        'copied by  mail.sort:6: copy *@ex.com -> log@ex.com (account "a")',
        "delivered  Boss+x@ex.org: maildir /srv/{local} (mail.sort:13)",
        "delivered  log@ex.com: maildir mail/{domain}/{local} (the default)",
    ]


def test_a_rule_of_an_account_is_asked_first_and_described() -> None:
    lines = told("boss@ex.com", "a")
    assert lines[2:4] == [
        'sorted by  mail.sort:5: sort boss@ex.com -> ceo@ex.com (account "a")',
        "           # the boss reads it herself",
    ]
    assert lines[4] == "before     mail.sort:9: sort *@ex.com -> *@ex.org"


def test_without_an_account_its_rules_are_pointed_out() -> None:
    assert told("boss@ex.com")[-1] == "note       accounts with rules of their own: a (--account NAME)"
    assert told("boss@ex.com")[0] == "boss@ex.com -> boss@ex.org, archive@ex.org"


def test_an_account_that_delivers_asks_no_rule() -> None:
    lines = told("boss@ex.com", "all")
    assert lines[0] == 'boss@ex.com through account "all" -> all@ex.com, two@ex.com'
    assert lines[2] == "account    mail.sort:8: deliver; no rule is asked"
    assert not any("sort " in each or "copy" in each for each in lines[2:])


def test_discard_keep_and_nothing() -> None:
    assert told("x@y.z")[0] == "x@y.z -> discarded"
    assert told("legal@ex.com")[0] == "legal@ex.com -> kept on the server"
    assert told(None)[0] == "mail without a recipient -> discarded"
    assert told("x@y.z", rules="sort a@b.c -> d@e.f;")[:3] == ["x@y.z -> discarded", "", "sorted by  no rule takes it"]


def test_it_stays_on_one_screen() -> None:
    many = "".join(f'sort "{"a" * count}*@ex.com" -> x{count}@ex.com;' for count in range(1, 60))
    lines = told("a" * 60 + "@ex.com", rules=many)
    assert len(lines) <= 24
    assert f"and {58 - MOST} more" in lines[-2]


HOUSE = """
domain "ex.com" < mailboxes "people"; aliases "aliases"; detail "+"; >
group sales = anna@ex.com, ben@ex.com;
sort info@ex.com -> sales;
sort anna@ex.com -> boss@ex.com;
sort "*@ex.com" -> "*@ex.com";
sort * -> anna@ex.com;
account "a" < server "pop.ex.com"; user "u"; password env "P"; sort ben@ex.com -> anna@ex.com; >
"""
LISTS = {"people": "anna\nben", "aliases": "boss: anna, ben"}


def house(address: str, account: str | None = None) -> list[str]:
    whole = program(HOUSE, LISTS)
    scope = next((each for each in whole.accounts if each.name == account), None)
    return prose(explain(whole, Address.parse(address), scope)).splitlines()


def test_a_group_is_spelled_out() -> None:
    lines = house("info@ex.com", "a")
    assert lines[0] == 'info@ex.com through account "a" -> anna@ex.com, ben@ex.com'
    assert lines[2:4] == [
        "sorted by  mail.sort:4: sort info@ex.com -> anna@ex.com, ben@ex.com",
        "           `sales` is anna@ex.com, ben@ex.com",
    ]


def test_detail_and_alias_are_steps_of_their_own() -> None:
    lines = house("anna+shop@ex.com")
    assert lines[0] == "anna+shop@ex.com -> anna@ex.com, ben@ex.com"
    assert lines[2:4] == [
        "sorted by  mail.sort:5: sort anna+*@ex.com -> boss@ex.com",
        "           which is `anna@ex.com` with any detail",
    ]
    assert "alias      boss@ex.com is an alias for anna@ex.com, ben@ex.com" in lines


def test_a_rule_for_nobody_is_passed_over() -> None:
    lines = house("nobody@ex.com", "a")
    assert lines[0] == 'nobody@ex.com through account "a" -> anna@ex.com'
    assert lines[2:4] == [
        "not for    mail.sort:6: sort *@ex.com -> *@ex.com",
        "sorted by  mail.sort:7: sort * -> anna@ex.com",
    ]


def test_an_account_asks_its_own_rules_first() -> None:
    assert house("ben+x@ex.com", "a")[2] == 'sorted by  mail.sort:8: sort ben+*@ex.com -> anna@ex.com (account "a")'
