"""Explaining messages: which header was believed, which were not, and then the rules."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from compiled import boxed
from sortlang.cli import main
from sortlang.mail.envelope import recover
from sortlang.mail.message import fields
from sortlang.mail.trace import Claim, trace

CASES = Path(__file__).parents[1] / "cases" / "envelope"
RULES = 'sort "*@ex.com" -> "*@ex.com";\nsort * -> admin@ex.com;\nsort list "dev.lists.org" -> dev@ex.com;\n'
ACCOUNT = 'account "{}" < server "pop.isp.example"; user "box"; password env "BOX"; {} >\n'
MESSAGE = b"""X-Original-To: anna@ex.com
Received: from out.example (out.example [192.0.2.1]) by mx.isp.example for <ben@ex.com>;
 Tue, 5 Mar 2024 10:00:00 +0100
X-Original-To: ceo@ex.com
Delivered-To: stranger@else.example
To: carla@ex.com
Subject: hello

To: nobody@ex.com
"""


@pytest.mark.parametrize("path", sorted(CASES.glob("*.eml")), ids=lambda path: path.stem)
def test_a_trace_ends_where_the_envelope_was_found(path: Path) -> None:
    program, account = boxed(RULES)
    named = fields(path.read_bytes())
    found = trace(named, account, program)
    assert found.envelope == recover(named, account, program)
    assert not any(each.recipients for each in found.looks[:-1])
    if found.envelope.recipients:
        assert (found.looks[-1].name, found.looks[-1].recipients) == (found.envelope.source, found.envelope.recipients)
        assert set(found.envelope.recipients) <= set(found.looks[-1].named)


def test_a_trace_names_what_it_does_not_believe() -> None:
    program, account = boxed(RULES)
    found = trace(fields(MESSAGE), account, program)
    assert (found.above, found.count) == (1, 6)
    assert [(each.name, tuple(map(str, each.named))) for each in found.claims] == [("X-Original-To", ("ceo@ex.com",))]
    believing = trace(fields(MESSAGE.replace(b"Received", b"X-Received")), account, program)
    assert (believing.above, believing.claims) == (6, ())
    doubting = trace(fields(MESSAGE), boxed(RULES, trust_hops=0)[1], program)
    assert doubting.envelope.guessed
    assert doubting.claims[0] == Claim("X-Original-To", found.looks[-1].recipients)


def run(tmp_path: Path, *arguments: str, rules: str = ACCOUNT.format("box", "") + RULES, text: bytes = b"") -> Result:
    (tmp_path / "mail.sort").write_text(rules)
    (tmp_path / "order.eml").write_bytes(MESSAGE)
    (tmp_path / "list.eml").write_bytes(b"Received: by mx; x\nTo: all@lists.org\nList-Id: Dev <dev.lists.org>\n\n")
    result = CliRunner().invoke(main, ["explain", *arguments], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_whole_way_on_one_screen(tmp_path: Path) -> None:
    result = run(tmp_path, "order.eml", "mail.sort")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        'order.eml through account "box" is for anna@ex.com',
        "",
        "border     1 of 6 header fields stand above the trust border, the `Received` of the provider's last host "
        "(see `trust`)",
        "taken from X-Original-To: anna@ex.com, written by the provider",
        "ignored    X-Original-To: ceo@ex.com, below the trust border",
        "note       1 envelope header below the trust border ignored",
        "",
        'anna@ex.com through account "box" -> anna@ex.com',
        "",
        "sorted by  mail.sort:2: sort *@ex.com -> *@ex.com",
        "           `*` before the `@` took `anna`",
        "before     mail.sort:3: sort * -> admin@ex.com",
        "delivered  anna@ex.com: maildir mail/{domain}/{local} (the default)",
    ]


def test_sources_without_one_of_ours_are_named(tmp_path: Path) -> None:
    rules = ACCOUNT.format("box", 'envelope "X-For"; trust hops 0;') + RULES
    lines = run(tmp_path, "order.eml", "mail.sort", rules=rules).output.splitlines()
    assert "border     nothing is believed (see `trust`)" in lines
    assert "asked      X-For: nothing" in lines
    assert "taken from To/Cc: carla@ex.com, a guess: the sender wrote it" in lines


def test_mail_of_a_list_and_mail_for_all(tmp_path: Path) -> None:
    lines = run(tmp_path, "list.eml", "mail.sort").output.splitlines()
    assert lines[0] == 'list.eml through account "box" is for nobody of ours'
    assert "asked      To/Cc: all@lists.org, nobody of ours" in lines
    assert "taken from List-Id: dev.lists.org, the sender's word" in lines
    assert 'mail of the list dev.lists.org through account "box" -> dev@ex.com' in lines
    fixed = ACCOUNT.format("box", "deliver all@ex.com;")
    assert run(tmp_path, "list.eml", "mail.sort", rules=fixed).output.splitlines()[:3] == [
        'list.eml through account "box" is delivered as all mail of the account',
        "",
        "header     not asked",
    ]


def test_the_account_that_reads_it(tmp_path: Path) -> None:
    two = ACCOUNT.format("a", "") + ACCOUNT.format("b", "disabled;") + RULES
    assert run(tmp_path, "order.eml", "mail.sort", rules=RULES).output.startswith("order.eml is for anna@ex.com\n")
    assert run(tmp_path, "order.eml", "mail.sort", rules=two).output.startswith('order.eml through account "a" is')
    assert (
        "name one with --account" in run(tmp_path, "order.eml", "mail.sort", rules=two.replace("disabled;", "")).output
    )
    assert run(tmp_path, "order.eml", "mail.sort", "--account", "b", rules=two).exit_code == 0
    assert run(tmp_path, "order.eml", "mail.sort", "--account", "c", rules=two).exit_code == 2


def test_what_is_a_message(tmp_path: Path) -> None:
    assert run(tmp_path, "-", "mail.sort", text=MESSAGE).output.startswith('- through account "box" is for anna')
    assert run(tmp_path, "./order.eml", "mail.sort").output.startswith("./order.eml through")
    (tmp_path / "order").write_bytes(MESSAGE)
    assert run(tmp_path, "order", "mail.sort").output.startswith("order through")
    assert run(tmp_path, "anna@ex.com", "mail.sort").output.startswith("anna@ex.com -> anna@ex.com")
    lost = run(tmp_path, "lost.eml", "mail.sort")
    assert lost.exit_code == 2
    assert "unreadable-file" in lost.output
    assert run(tmp_path, "nothing", "mail.sort").exit_code == 2


def test_json_says_the_same(tmp_path: Path) -> None:
    value = json.loads(run(tmp_path, "--json", "order.eml", "mail.sort").output)
    assert value["taken_from"] == "X-Original-To"
    assert value["trust_border"] == {"hops": 1, "above": 1, "fields": 6}
    assert value["ignored"] == [{"header": "X-Original-To", "addresses": ["ceo@ex.com"]}]
    alone = json.loads(run(tmp_path, "--json", "anna@ex.com", "mail.sort", "--account", "box").output)
    assert value["recipients"] == [alone]
    assert [each["line"] for each in alone["rules"]] == [2, 3]
    assert alone["captured"] == {"local": "anna", "domain": ""}
    assert alone["destinations"][0]["address"] == "anna@ex.com"
