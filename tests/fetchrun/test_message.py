"""Headers: whole ones, broken ones, and ones that are still arriving."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetchrun.delivery.identity import Identity
from sortlang.mail.message import FIELD_LIMIT, HEAD_LIMIT, arrival, fields, head_end, head_hash

HEAD = b"Received: from a\r\n\tby b;\r\n Tue, 5 Mar 2024 10:00:00 +0100\r\nSubject: =?x?=\r\nTo:bob@ex.com \r\n\r\n"


def pairs(head: bytes) -> list[tuple[bytes, bytes]]:
    return [(each.name, each.value) for each in fields(head)]


def test_fields() -> None:
    found = fields(HEAD + b"Body: no field\r\n")
    assert [(each.name, each.value) for each in found] == [
        (b"received", b"from a\tby b; Tue, 5 Mar 2024 10:00:00 +0100"),
        (b"subject", b"=?x?="),
        (b"to", b"bob@ex.com"),
    ]
    assert b"".join(HEAD[each.start : each.end] for each in found) == HEAD[:-2]


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (b"", []),
        (b"\n", []),
        (b"\r\nA: b\r\n", []),
        (b"A: b", [(b"a", b"b")]),
        (b"A:\n\n", [(b"a", b"")]),
        (b"A:\n b\n\n", [(b"a", b"b")]),
        (b"A: b\n \n c\n\nB: d", [(b"a", b"b  c")]),
        (b"A : b\n", [(b"a", b"b")]),
        (b"\xef\xbb\xbfA: b\n", [(b"a", b"b")]),
        (b"From x Tue Mar  5\nA: b\n>From y\nB: c\n", [(b"a", b"b"), (b"b", b"c")]),
        (b" continued from nowhere\nA: b\n", [(b"a", b"b")]),
        (b"junk\nA: b\n", [(b"a", b"b")]),
        (b"A: b\njunk\nB: c\n", [(b"a", b"b")]),
        (b"A: \0\xff\n", [(b"a", b"\0\xff")]),
        (b"A: b\rB: c\n", [(b"a", b"b\rB: c")]),
        (b": no name\nA: b\n", [(b"a", b"b")]),
    ],
)
def test_odd_headers(head: bytes, wanted: list[tuple[bytes, bytes]]) -> None:
    assert pairs(head) == wanted


def test_bounds() -> None:
    assert len(fields(b"A: b\n" * (FIELD_LIMIT + 1))) == FIELD_LIMIT
    long = b"A: b\nTo: " + b"x" * HEAD_LIMIT + b"\nB: c\n"
    assert pairs(long) == [(b"a", b"b")], "a field that was cut is none"


@pytest.mark.parametrize("unit", [b"a", b"\n ", b"a:\n", b":", b"a ", b"\r", b"a:\r\n \r\n"])
def test_hostile_headers_come_to_an_end(unit: bytes) -> None:
    fields((unit * HEAD_LIMIT)[:HEAD_LIMIT])


@given(st.binary(max_size=300) | st.text("aB: \t\r\n", max_size=100).map(str.encode))
def test_any_bytes_have_fields_in_order(head: bytes) -> None:
    at = 0
    for each in fields(head):
        assert at <= each.start < each.end <= len(head)
        assert b"\n" not in each.value and each.name == each.name.lower()
        at = each.end
    end = head_end(head)
    assert end < 0 or at <= end, "no field lies in the body"


@given(st.text("a:\r\n", max_size=30).map(str.encode), st.lists(st.integers(0, 30)))
def test_the_end_is_found_in_a_growing_buffer(message: bytes, cuts: list[int]) -> None:
    buffer, seen, found = bytearray(), 0, -1
    for cut in (*sorted({min(each, len(message)) for each in cuts}), len(message)):
        buffer += message[len(buffer) : cut]
        found = head_end(buffer, seen) if found < 0 else found
        seen = len(buffer)
    assert found == head_end(message)


def test_head_end() -> None:
    assert head_end(HEAD + b"body\r\n\r\n") == len(HEAD)
    assert head_end(b"A: b\n\nbody") == 6
    assert head_end(b"A: b\r\n") == -1
    assert head_end(b"A: b\r\n\r\n", start=7) == 8, "the end may begin in what was searched already"
    assert head_end(b"\r\nbody\n\n") == 2


def test_arrival_is_the_topmost_trusted_date() -> None:
    line = b"Received: by b; Tue, 5 Mar 2024 %02d:00:00 +0000\n"
    assert arrival(fields(line % 10 + line % 9), 2) == 1709632800
    assert arrival(fields(b"Received: by c\n" + line % 9), 2) == 1709629200
    assert arrival(fields(b"Received: by c\n" + line % 9), 1) is None
    assert arrival(fields(b"Date: Tue, 5 Mar 2024 10:00:00 +0000\n"), 1) is None


def test_a_message_is_known_again_by_its_header() -> None:
    top = HEAD.replace(b"Subject", b"Status: RO\r\nX-UIDL: abc\r\nSubject")
    assert head_hash(HEAD) == head_hash(HEAD.replace(b"\r\n", b"\n")) == head_hash(top) == head_hash(HEAD + b"body")
    assert head_hash(HEAD) == head_hash(HEAD[:-2]), "an answer to TOP may lack the empty line"
    assert head_hash(HEAD) != head_hash(HEAD.replace(b"bob", b"ben"))
    assert head_hash(b"no field\n\n") != head_hash(b"none either\n\n")


def identity(message: bytes, size: int = 1 << 20) -> bytes:
    it = Identity()
    for at in range(0, len(message), size):
        it.update(message[at : at + size])
    return it.digest()


COPY = b"X-Original-To: %s\r\nReceived: by x; id %s\r\nTo: a, b\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n"


def test_copies_of_one_mail_are_the_same() -> None:
    assert identity(COPY % (b"anna@ex.com", b"1")) == identity(COPY % (b"ben@ex.com", b"2"))
    assert identity(COPY % (b"a", b"1")) != identity(COPY.replace(b"Hello", b"Hallo") % (b"a", b"1"))
    assert identity(COPY % (b"a", b"1")) != identity(COPY.replace(b"To: a,", b"To: c,") % (b"a", b"1"))


def test_the_message_id_alone_makes_no_copy() -> None:
    assert identity(b"Message-ID: <1@x>\n\nfirst") != identity(b"Message-ID: <1@x>\n\nsecond")


def test_header_and_body_are_told_apart() -> None:
    assert identity(b"A: b\n\nc:d\n") != identity(b"A: b\nc:d\n\n")


@given(st.binary(max_size=60) | st.text("Aa: \r\n", max_size=60).map(str.encode), st.integers(1, 60))
def test_chunks_do_not_matter(message: bytes, size: int) -> None:
    assert identity(message, size) == identity(message)


def test_a_header_without_end_is_not_held() -> None:
    endless = b"To: " + b"x" * (HEAD_LIMIT + 10)
    assert identity(endless, 1000) == identity(endless)
    assert identity(endless) != identity(endless + b"y")
