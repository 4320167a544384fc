"""Who sent a message, who brought it, and whether it goes round: only from lines that the provider wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetchrun.delivery.letter import Client
from fetchrun.delivery.provenance import MAX_HOPS, client, rounds, sender, without_forged
from sortlang.address import Address
from sortlang.mail.message import fields

HOP = b"Received: from mail.example.net (mail.example.net [192.0.2.7]) by mx.isp.example with ESMTP; now\n"


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (b"Return-Path: <a@example.com>\n" + HOP, "a@example.com"),
        (b"Return-Path: a@example.com\n" + HOP, "a@example.com"),
        (b"Return-Path: <>\n" + HOP, ""),
        (HOP, ""),
        (HOP + b"Return-Path: <forged@example.com>\n", ""),
        (b"Return-Path: <a@example.com>\n", "a@example.com"),
        (b"Return-Path: <a@example.com> SIZE=1\n" + HOP, ""),
        (b"Return-Path: <a\x00@example.com>\n" + HOP, ""),
        (b"From: me@example.com\nSender: me@example.com\n" + HOP, ""),
    ],
)
def test_the_sender_is_the_topmost_return_path_above_the_border(head: bytes, wanted: str) -> None:
    assert sender(fields(head + b"\n"), 1) == wanted


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("from helo.example (real.example [192.0.2.7]) by mx", Client("192.0.2.7", "real.example", "helo.example")),
        ("from helo.example (unknown [192.0.2.7]) by mx", Client("192.0.2.7", "", "helo.example")),
        ("from real.example ([192.0.2.7] helo=h) by mx", Client("192.0.2.7", "", "real.example")),
        ("from x (y [IPv6:2001:db8::1]) by mx", Client("2001:db8::1", "y", "x")),
        ("from x (evil [6.6.6.6]) (real.example [192.0.2.7]) by mx", None),
        ("from [6.6.6.6] (real.example [192.0.2.7]) by mx", None),
        ("from x (y [999.1.1.1]) by mx", None),
        ("by mx with LMTP (from [192.0.2.7])", None),
        ("from x (y) by mx ([192.0.2.7])", None),
    ],
)
def test_the_client_is_who_spoke_to_the_provider(line: str, wanted: Client | None) -> None:
    lower = b"Received: from forged (forged [203.0.113.9]) by elsewhere; now\n"
    assert client(fields(b"Received: " + line.encode() + b"; now\n" + lower + b"\n"), 1) == wanted


ANNA, BEN = Address.parse("anna@ex.com"), Address.parse("ben@ex.com")
OURS = b'X-Fetchrun: account="office"; source=To/Cc; rules=d\n'


@pytest.mark.parametrize(
    ("head", "stopped"),
    [
        (b"Delivered-To: Anna@ex.com\n" + OURS, True),
        (b"Delivered-To: ben@ex.com\n" + OURS, False),
        (b"Delivered-To: anna@ex.com\n" + OURS.replace(b"office", b"other"), False),
        (b"Delivered-To: anna@ex.com\n", False),
        (OURS, False),
        (HOP * MAX_HOPS, False),
        (HOP * (MAX_HOPS + 1), True),
    ],
)
def test_F58_it_goes_round_when_it_was_here_for_the_same_people(head: bytes, stopped: bool) -> None:
    assert bool(rounds(fields(head + b"\n"), "office", (ANNA,))) == stopped


def test_F59_a_forged_delivery_id_is_taken_out_and_nothing_else() -> None:
    head = b"A: 1\nX-Fetchrun-Delivery-Id: forged\n folded\nB: 2\nx-fetchrun-delivery-ID: again\nC: 3\n\nbody"
    assert without_forged(head, fields(head)) == b"A: 1\nB: 2\nC: 3\n\nbody"


@given(st.binary(max_size=300))
def test_no_header_is_too_odd(head: bytes) -> None:
    named = fields(head)
    assert isinstance(sender(named, 1), str)
    client(named, 2)
    rounds(named, "office", (ANNA,))
    assert len(without_forged(head, named)) <= len(head)
