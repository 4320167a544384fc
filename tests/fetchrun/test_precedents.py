"""What was found for mail before is what would be found for it now."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiled import compiled
from fetchrun import precedents
from fetchrun.office import Office
from fetchrun.precedents import Precedents
from sortlang import rules
from sortlang.globs.glob import Glob
from sortlang.mail.envelope import recover
from sortlang.mail.message import fields
from sortlang.mail.sources import EVIDENCE_SIZE, evidence

CASES = Path(__file__).parent.parent / "cases" / "envelope"
PROGRAM = compiled((CASES / "rules.sort").read_text())
OFFICE = cast(Office, SimpleNamespace(program=PROGRAM, state=Path("/state")))
TOLD = b"X-Original-To: anna@example.com\n"


def account(headers: tuple[str, ...] = (), hops: int = 1, hosts: tuple[str, ...] = ()) -> rules.Account:
    named = rules.Envelope(headers, "")
    return replace(PROGRAM.accounts[0], trust_hops=hops, trust_by=tuple(map(Glob, hosts)), envelope=named)


ACCOUNTS = st.builds(
    account,
    st.lists(st.sampled_from(["X-Mine", "To", "Received", "Resent-To", "Delivered-To"]), max_size=2).map(tuple),
    st.integers(0, 3),
    st.sampled_from([(), ("mx.*",), ("nobody",)]),
)
LINES = st.sampled_from(
    [
        b"Received: from a by mx.example for <anna@example.com>; Tue, 5 Mar 2024 10:00:00 +0100",
        b"Received: from b by elsewhere for <ben@example.com>; Tue, 5 Mar 2024 10:00:00 +0100",
        b"Received: by mx.other",
        b"X-Original-To: anna@example.com",
        b"X-Original-To: Anna@Example.com",
        b"Delivered-To: ben@example.com",
        b"Delivered-To: unknown@example.com",
        b"Envelope-To: x@elsewhere.example",
        b"X-Mine: sales@example.com",
        b"To: anna@example.com, ben@example.com",
        b"Resent-To: ben@example.com",
        b"Subject: nothing",
        b"List-Id: <list.example.com>",
    ]
)
HEADS = st.lists(LINES, max_size=6).map(lambda lines: b"\n".join((*lines, b"", b"")))


@given(ACCOUNTS, st.lists(HEADS, min_size=2, max_size=12))
def test_no_message_hears_what_is_not_so_of_it(account: rules.Account, heads: list[bytes]) -> None:
    before = Precedents(account, OFFICE)
    for head in map(fields, heads + heads):
        assert repr(before.envelope(head)) == repr(recover(head, account, PROGRAM))


def test_the_corpus_one_after_the_other() -> None:
    for one in (account(), account(hops=2), account(hosts=("*.example",))):
        before = Precedents(one, OFFICE)
        for path in sorted(CASES.glob("*.eml")) * 2:
            head = fields(path.read_bytes())
            assert repr(before.envelope(head)) == repr(recover(head, one, PROGRAM)), path.name


def test_who_is_told_once_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Precedents(account(), OFFICE)
    first = before.envelope(fields(TOLD + b"Received: at noon\n\n"))
    monkeypatch.setattr(precedents, "recover", lambda *_: pytest.fail("asked again"))
    assert before.envelope(fields(b"Subject: another\n" + TOLD + b"Received: at one\n\n")) is first


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedents, "REMEMBERED", 3)
    before = Precedents(account(), OFFICE)
    for number in range(10):
        before.consigned(fields(b"X-Original-To: n%d@example.com\n\n" % number))
        assert len(before._envelopes) <= 3 and len(before._consignments) <= 3
    assert evidence(fields(b"X-Original-To: " + b"x" * EVIDENCE_SIZE + b"\n\n"), account()) is None
