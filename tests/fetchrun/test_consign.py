"""A message with its envelope becomes copies: who gets one, where it lies, what stands above it."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiled import boxed, compiled
from fetchrun.delivery.consign import Consignment, consign
from sortlang.address import Address
from sortlang.mail.envelope import Envelope
from sortlang.rules import Target

STATE = Path("/state")


def consigned(rules: str, *recipients: str, guessed: bool = False, **settings: object) -> Consignment:
    program, account = boxed(rules, **settings)
    source = "To/Cc" if guessed else "X-Original-To" if recipients else "none"
    envelope = Envelope(tuple(map(Address.parse, recipients)), source, not guessed, guessed)
    return consign(envelope, program, account, STATE)


def places(consignment: Consignment) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    return [(each.maildir.as_posix(), each.fate, each.addresses, each.recipients) for each in consignment.copies]


def test_one_recipient() -> None:
    found = consigned('sort "*@ex.com" -> "*@ex.com";', "Anna@ex.com")
    assert places(found) == [("/state/mail/ex.com/anna", "delivered", ("Anna@ex.com",), ("Anna@ex.com",))]
    assert (found.copies[0].source, found.copies[0].rule, found.kept) == ("X-Original-To", "mail.sort:2", False)
    assert [str(each.rule) for each in found.routes] == ["sort *@ex.com -> *@ex.com"]


def test_two_recipients_get_a_copy_each() -> None:
    found = consigned('sort "*@ex.com" -> "*@ex.com";', "anna@ex.com", "ben@ex.com")
    assert [each[0] for each in places(found)] == ["/state/mail/ex.com/anna", "/state/mail/ex.com/ben"]


def test_two_recipients_with_one_mailbox_share_a_copy() -> None:
    rules = "sort sales@ex.com -> anna@ex.com, ben@ex.com;\nsort info@ex.com -> Anna@ex.com;"
    found = consigned(rules, "sales@ex.com", "info@ex.com")
    anna = ("/state/mail/ex.com/anna", "delivered", ("anna@ex.com",), ("sales@ex.com", "info@ex.com"))
    ben = ("/state/mail/ex.com/ben", "delivered", ("ben@ex.com",), ("sales@ex.com",))
    assert places(found) == [anna, ben]
    assert [each.rule for each in found.copies] == ["mail.sort:2,mail.sort:3", "mail.sort:2"]


def test_two_addresses_with_one_maildir_share_a_copy() -> None:
    rules = 'sort "*@ex.com" -> "*@ex.com"; transport "*@ex.com" -> maildir "shared";'
    found = consigned(rules, "anna@ex.com", "ben@ex.com")
    assert places(found) == [
        ("/state/shared", "delivered", ("anna@ex.com", "ben@ex.com"), ("anna@ex.com", "ben@ex.com"))
    ]
    assert found.copies[0].stamp.startswith(b"Delivered-To: anna@ex.com\nDelivered-To: ben@ex.com\nX-Fetchrun: ")


def test_a_copy_beside() -> None:
    found = consigned('sort anna@ex.com -> anna@ex.com; copy "*@ex.com" -> archive@ex.com;', "anna@ex.com")
    assert [each[2] for each in places(found)] == [("anna@ex.com",), ("archive@ex.com",)]


def test_no_recipient_goes_to_the_catch_all() -> None:
    found = consigned("sort anna@ex.com -> anna@ex.com; sort * -> admin@ex.com;")
    assert places(found) == [("/state/mail/ex.com/admin", "delivered", ("admin@ex.com",), ())]


def test_without_a_catch_all_it_is_discarded_to_the_trash() -> None:
    found = consigned("sort anna@ex.com -> anna@ex.com;")
    assert places(found) == [("/state/trash", "discarded", (), ())]
    assert found.copies[0].rule == ""
    assert b"Delivered-To" not in found.copies[0].stamp and b"rule=" not in found.copies[0].stamp


def test_one_recipient_discarded_and_another_delivered() -> None:
    found = consigned("sort anna@ex.com -> anna@ex.com; sort spam@ex.com -> discard;", "spam@ex.com", "anna@ex.com")
    assert [(each.fate, each.recipients) for each in found.copies] == [
        ("discarded", ("spam@ex.com",)),
        ("delivered", ("anna@ex.com",)),
    ]
    assert found.copies[0].rule == "mail.sort:2"


def test_kept_on_the_server() -> None:
    rules = "sort anna@ex.com -> anna@ex.com; sort later@ex.com -> keep;"
    alone, both = consigned(rules, "later@ex.com"), consigned(rules, "later@ex.com", "anna@ex.com")
    assert (alone.copies, alone.kept) == ((), True)
    assert (len(both.copies), both.kept) == (1, True)


def test_deliver_sorts_nothing() -> None:
    program = compiled('account "a" < server "h"; user "u"; password env "P"; deliver a@x.example, b@x.example; >')
    found = consign(Envelope((), "deliver", True), program, program.accounts[0], STATE)
    assert places(found) == [
        ("/state/mail/x.example/a", "delivered", ("a@x.example",), ()),
        ("/state/mail/x.example/b", "delivered", ("b@x.example",), ()),
    ]
    assert found.copies[0].rule == "mail.sort:1"
    assert [len(each.destinations) for each in found.routes] == [2]


def test_rules_of_the_account_come_first() -> None:
    scoped = 'account "a" < server "h"; user "u"; password env "P"; sort anna@ex.com -> own@ex.com; >'
    program = compiled(scoped + "sort anna@ex.com -> other@ex.com;")
    envelope = Envelope((Address.parse("anna@ex.com"),), "X-Original-To", True)
    assert consign(envelope, program, program.accounts[0], STATE).copies[0].addresses == ("own@ex.com",)


@pytest.mark.parametrize(
    ("maildir", "wanted"),
    [
        ("boxes/{address}", "/state/boxes/anna@ex.com"),
        ("/var/mail/{domain}/.{local}", "/var/mail/ex.com/.anna"),
        ("inbox", "/state/inbox"),
    ],
)
def test_transport(maildir: str, wanted: str) -> None:
    rules = f'sort "*@ex.com" -> "*@ex.com"; transport "*@ex.com" -> maildir "{maildir}";'
    assert places(consigned(rules, "Anna@ex.com"))[0][0] == wanted


def test_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    rules = 'sort "*@ex.com" -> "*@ex.com"; transport "*@ex.com" -> maildir "~/Maildir";'
    assert places(consigned(rules, "anna@ex.com"))[0][0] == "/home/anna/Maildir"


def test_an_address_that_a_rule_makes_too_long_is_not_lost() -> None:
    long = "a" * 250 + "@ex.com"
    found = consigned('sort "*@ex.com" -> "archive-*@ex.com";', long)
    assert [(each.fate, each.recipients, each.rule) for each in found.copies] == [("discarded", (long,), "mail.sort:2")]


def test_stamp() -> None:
    found = consigned("sort anna@ex.com -> anna@ex.com;", "anna@ex.com", guessed=True)
    lines = found.copies[0].stamp.decode().splitlines()
    digest = boxed("sort anna@ex.com -> anna@ex.com;")[0].digest
    assert lines == [
        "Delivered-To: anna@ex.com",
        f'X-Fetchrun: account="box"; source=To/Cc; rule=mail.sort:2; rules={digest};',
        "\tguess=yes",
    ]


def test_stamp_off() -> None:
    assert consigned("sort anna@ex.com -> anna@ex.com;", "anna@ex.com", stamp=False).copies[0].stamp == b""


@pytest.mark.parametrize("name", ["bü ro", 'a"; rule=x', "a\nX-Evil: yes", "a\r\n\r\nbody", "a\0b", "(a", "%0A"])
def test_no_name_breaks_out_of_its_stamp(name: str) -> None:
    stamp = consigned("sort * -> anna@ex.com;", name=name).copies[0].stamp
    assert stamp.isascii() and b"\0" not in stamp and b"\r" not in stamp
    assert [line[:1] for line in stamp.splitlines()] == [b"D", b"X", *[b"\t"] * (stamp.count(b"\n") - 2)]
    assert stamp.count(b'"') == 2 and stamp.count(b" rule=") == 1


def test_a_deliver_to_address_beyond_ascii_is_written_as_it_is() -> None:
    found = consigned('sort "*@ex.com" -> "*@ex.com";', "müller@ex.com")
    assert found.copies[0].stamp.startswith("Delivered-To: müller@ex.com\n".encode())
    assert found.copies[0].maildir == Path("/state/mail/ex.com/m%C3%BCller")


LOCALS = st.text("ab.@/\\ *<>()\"'~%-\0ä", min_size=1, max_size=8) | st.sampled_from(
    ["..", ".", "../..", "/etc", "a/b"]
)


@given(st.lists(LOCALS, min_size=1, max_size=4))
def test_whatever_the_address_the_mail_lies_below_the_root(locals_: list[str]) -> None:
    program, account = boxed('sort "*@ex.com" -> "*@ex.com"; copy "*@ex.com" -> archive@ex.com;')
    recipients = tuple(Address(each, "ex.com", each) for each in locals_ if "\0" not in each)
    envelope = Envelope(recipients, "X-Original-To", True)
    for each in consign(envelope, program, account, STATE).copies:
        assert each.maildir.is_relative_to(STATE / "mail/ex.com") or each.maildir == STATE / "trash"
        assert ".." not in each.maildir.parts
        assert each.stamp.count(b"Delivered-To: ") == len(each.addresses) and b"\n\n" not in each.stamp


def test_a_maildir_that_is_the_trash_gets_one_copy() -> None:
    rules = 'sort a@ex.com -> a@ex.com; sort b@ex.com -> discard; transport a@ex.com -> maildir "trash";'
    assert [each.fate for each in consigned(rules, "a@ex.com", "b@ex.com").copies] == ["delivered"]


def test_deliver_of_an_account_is_for_all_its_mail() -> None:
    program, account = boxed("sort * -> a@ex.com;")
    account = replace(account, deliver=(Target("address", "b", "ex.com", span=account.span),))
    envelope = Envelope((Address.parse("c@ex.com"),), "To", True)
    assert consign(envelope, program, account, STATE).copies[0].addresses == ("b@ex.com",)


def test_a_list_without_a_recipient_goes_where_its_rule_says() -> None:
    program, account = boxed(
        'sort list "dev.lists.example" -> anna@ex.com; sort * -> all@ex.com; copy * -> log@ex.com;'
    )
    found = consign(Envelope((), "List-Id", list_id="Dev.lists.example"), program, account, STATE)
    assert [each.addresses for each in found.copies] == [("anna@ex.com",), ("log@ex.com",)]
    assert consign(Envelope((), "none"), program, account, STATE).copies[0].addresses == ("all@ex.com",)
