"""Every message of the corpus is for whom its expectation says, whatever its line ends."""

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiled import boxed, compiled
from sortlang import rules
from sortlang.globs.glob import Glob
from sortlang.mail.envelope import Envelope, recover
from sortlang.mail.message import HEAD_LIMIT, arrival, fields
from sortlang.mail.sources import settled

CASES = Path(__file__).parent.parent / "cases" / "envelope"
MESSAGES = sorted(CASES.glob("*.eml"))
PROGRAM = compiled((CASES / "rules.sort").read_text())


def test_the_corpus_is_there() -> None:
    assert len(MESSAGES) >= 200
    assert {each.stem for each in MESSAGES} == {each.stem for each in CASES.glob("*.toml")}


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_a_message_is_for(path: Path, ends: bytes) -> None:
    wanted = tomllib.loads(path.with_suffix(".toml").read_text())
    account = _account(**wanted.get("account", {}))
    found = fields(path.read_bytes().replace(b"\n", ends))
    envelope = recover(found, account, PROGRAM)
    assert [str(each) for each in envelope.recipients] == wanted["recipients"]
    assert (envelope.source, envelope.note) == (wanted["source"], wanted.get("note", ""))
    assert envelope.guessed == wanted.get("guessed", False)
    assert envelope.exact == (wanted["source"] not in ("none", "List-Id") and not envelope.guessed)
    assert envelope.list_id == wanted.get("list_id", "")
    if "arrival" in wanted:
        assert arrival(found, settled(found, account).trust_hops) == wanted["arrival"]


def _account(
    trust_hops: int = 1, headers: Iterable[str] = (), strip: str = "", trust_by: Iterable[str] = (), guess: bool = True
) -> rules.Account:
    return replace(
        PROGRAM.accounts[0],
        trust_hops=trust_hops,
        trust_by=tuple(map(Glob, trust_by)),
        guess=guess,
        envelope=rules.Envelope(tuple(headers), strip),
    )


def test_deliver_needs_no_recipient() -> None:
    program, account = boxed("sort * -> a@ex.com;")
    account = replace(account, deliver=(rules.Target("address", "a", "ex.com", span=account.span),))
    assert recover(fields(b"X-Original-To: b@ex.com\n\n"), account, program) == Envelope((), "deliver", exact=True)


def test_an_account_of_its_own_domain() -> None:
    scoped = 'account "a" < server "h"; user "u"; password env "P"; sort b@own.example -> b@own.example; >'
    program = compiled(scoped + ' account "b" < server "h"; user "v"; password env "P"; > sort * -> c@ex.com;')
    head = fields(b"X-Original-To: b@own.example\n\n")
    own = recover(head, program.accounts[0], program)
    assert (own.source, own.note) == ("X-Original-To", "")
    assert recover(head, program.accounts[1], program).source == "none"


def test_a_prefix_that_is_all_there_is_stays() -> None:
    program, account = boxed('sort "*@ex.com" -> "*@ex.com";', envelope=rules.Envelope(("X-To",), "box-"))
    found = recover(fields(b"X-To: Box-, BOX-anna@ex.com, box-@ex.com\n\n"), account, program)
    assert [str(each) for each in found.recipients] == ["anna@ex.com", "box-@ex.com"]


def test_with_a_catch_all_alone_no_domain_is_ours() -> None:
    program, account = boxed("sort * -> a@ex.com;")
    assert recover(fields(b"X-Original-To: b@ex.com\n\n"), account, program).recipients == ()


def test_no_hop_trusted_no_header_trusted() -> None:
    account = replace(PROGRAM.accounts[0], trust_hops=0)
    head = b"X-Original-To: anna@example.com\nReceived: by mx for <ben@example.com>; Tue, 5 Mar 2024 10:00:00 +0100\n"
    envelope = recover(fields(head), account, PROGRAM)
    assert envelope.recipients == ()
    assert arrival(fields(head), 0) is None


LINES = st.sampled_from(
    [
        b"X-Original-To: anna@example.com",
        b"Delivered-To: ben@example.com",
        b"Envelope-To: x@example.org, y@elsewhere.example",
        b"To: ben@example.com, anne@example.com",
        b"Resent-To: sales@example.com",
        b"From: anna@example.com",
    ]
)
BORDER = b"Received: from a by b for <box@isp.example>; Tue, 5 Mar 2024 10:00:00 +0100"
NAMES = (b"X-Original-To", b"Delivered-To", b"Envelope-To")


@given(st.lists(LINES, max_size=6), st.lists(LINES, max_size=6))
def test_below_the_border_only_guesses_count(above: list[bytes], below: list[bytes]) -> None:
    head = b"\n".join((*above, BORDER, *below, b"", b""))
    plain = b"\n".join((*above, BORDER, *(each for each in below if not each.startswith(NAMES)), b"", b""))
    whole, honest = (recover(fields(each), PROGRAM.accounts[0], PROGRAM) for each in (head, plain))
    assert (whole.recipients, whole.source) == (honest.recipients, honest.source)


@given(st.binary(max_size=400))
def test_any_bytes_have_an_envelope(junk: bytes) -> None:
    envelope = recover(fields(b"To: " + junk + b"\nX-Original-To: " + junk), PROGRAM.accounts[0], PROGRAM)
    assert envelope.exact + envelope.guessed == (envelope.recipients != ())


def test_a_hundred_thousand_recipients() -> None:
    """Only the first 256 KiB count, and it ends: what is read is bounded before it is parsed."""
    head = b"To: " + b",\n ".join(b"m%d@elsewhere.example" % i for i in range(100_000)) + b"\n\n"
    assert len(head) > 8 * HEAD_LIMIT
    assert recover(fields(head), PROGRAM.accounts[0], PROGRAM).source == "none"
