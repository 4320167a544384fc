"""Received lines of real hosts, and of those who would like to be one."""

import calendar
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sortlang.mail.received import LINE_SIZE, Hop, date, hop

POSTFIX = (
    b"from mx.a.example (mx.a.example [192.0.2.1]) by mail.isp.example (Postfix) with ESMTPS id 4Tpz for <Bob@ex.com>;"
)


def recipient(text: str) -> str | None:
    found = hop(text.encode()).recipient
    return str(found) if found else None


def test_the_whole_line() -> None:
    found = hop(POSTFIX + b" Tue,  5 Mar 2024 10:00:00 +0100 (CET)")
    assert (str(found.recipient), found.by, found.origin) == ("Bob@ex.com", "mail.isp.example", "mx.a.example")
    assert found.date == calendar.timegm((2024, 3, 5, 9, 0, 0))


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("from a by b for <bob@ex.com>; date", "bob@ex.com"),
        ("from a by b for bob@ex.com; date", "bob@ex.com"),
        ("from a by b for <bob@ex.com>", "bob@ex.com"),
        ("by b with SMTP id x for <bob@ex.com>; date", "bob@ex.com"),
        ("from a BY b FOR <bob@ex.com>; date", "bob@ex.com"),
        ("from a by b for <@x.example,@y.example:bob@ex.com>; date", "bob@ex.com"),
        ('from a by b for <"a;b for c"@ex.com>; date', '"a;b for c"@ex.com'),
        ('from a (CN "a", Issuer "b") by b for <bob@ex.com>; date', "bob@ex.com"),
        ("from a by b (x (y \\) z) w) for <bob@ex.com> (single-drop); date", "bob@ex.com"),
        # Nothing is said.
        ("", None),
        ("from a by b; date", None),
        ("from a by b for <multiple recipients>; date", None),
        ("from a by b for; date", None),
        ("from a by b for bob; date", None),
        ("from a by b for <>; date", None),
        ("from a by b for <bob@ex.com,carol@ex.com>; date", None),
        ("from a for <bob@ex.com>; date", None),
        ("(qmail 123 invoked by uid 89); date", None),
        ("from evil (for <bob@ex.com>) by b; date", None),
        ("from evil (evil (by c for <bob@ex.com>)) by b; date", None),
        # In doubt nothing.
        ("from for <bob@ex.com> by b; date", None),
        ("from x by y for <bob@ex.com> (z) by b; date", None),
        ("from x by b for <bob@ex.com> for <carol@ex.com>; date", None),
        ('from x by b (from <"a) for <bob@ex.com> ("@evil.example>); date', None),
        ("from x( by b for <bob@ex.com>; date", None),
        ('from "x by b for <bob@ex.com>; date', None),
        ("from a by b for <bob@ex.com@evil.example>; date", None),
    ],
)
def test_for(line: str, wanted: str | None) -> None:
    assert recipient(line) == wanted


@pytest.mark.parametrize(
    ("date", "wanted"),
    [
        ("Tue, 5 Mar 2024 10:00:00 +0000", (2024, 3, 5, 10, 0, 0)),
        ("5 Mar 2024 10:00:00 -0000", (2024, 3, 5, 10, 0, 0)),
        ("Tue, 5 Mar 2024 10:00 +0000", (2024, 3, 5, 10, 0, 0)),
        ("Tue, 5 Mar 2024 10:00:00", (2024, 3, 5, 10, 0, 0)),
        ("Tue, 05 Mar 2024 01:34:01 -0800 (PST)", (2024, 3, 5, 9, 34, 1)),
        ("Tue, 05 Mar 2024 01:34:01 PST", (2024, 3, 5, 9, 34, 1)),
        ("Tue, 05 Mar 2024 10:00:00 +0530", (2024, 3, 5, 4, 30, 0)),
        ("Tue, 5 Mar 96 10:00:00 GMT", (1996, 3, 5, 10, 0, 0)),
        ("Tue, 5 March 2024 10:00:00 UT", (2024, 3, 5, 10, 0, 0)),
        ("Sat, 31 Dec 2016 23:59:60 +0000", (2017, 1, 1, 0, 0, 0)),
        ("Tue, 30 Feb 2024 10:00:00 +0000", None),
        ("Tue, 5 Foo 2024 10:00:00 +0000", None),
        ("Tue, 5 Mar 2024 25:00:00 +0000", None),
        ("Tue, 5 Mar 1950 10:00:00 +0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_date(date: str, wanted: tuple[int, ...] | None) -> None:
    assert hop(b"from a by b; " + date.encode()).date == (wanted and calendar.timegm((*wanted, 0, 0, 0)))


@given(st.datetimes(timezones=st.timezones()).filter(lambda each: each.year > 1970))
def test_reads_the_dates_that_the_standard_library_writes(moment: "object") -> None:
    seconds = moment.replace(microsecond=0).timestamp()  # type: ignore[attr-defined]
    found = hop(b"by b; " + format_datetime(moment).encode()).date  # type: ignore[arg-type]
    assert found is not None and abs(found - seconds) < 60, "its zones have whole minutes only"


@given(st.binary(max_size=500) | st.text('by for<>a@x.;"()\\ ', max_size=200).map(str.encode))
def test_never_raises(junk: bytes) -> None:
    hop(b"from a by b " + junk)


WORDS = st.lists(
    st.sampled_from(["(", ")", "\\", " ", "x", ";", " by ", " for ", "<ceo@ex.com>", " by mx for <ceo@ex.com> "]),
    max_size=12,
).map("".join)


PIECES = [
    "from a",
    " by b",
    ";",
    "(",
    ")",
    '"',
    "\\",
    " ",
    "\t",
    "(UTC)",
    " (CEST)",
    "Mon, 1 Jan 2024 10:00:00",
    "+0100",
    "EST",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_the_date_alone_is_that_of_the_whole_line(line: str) -> None:
    assert date(line.encode()) == hop(line.encode()).date


@given(st.lists(WORDS | st.just('"')).map("".join))
def test_no_name_the_sender_gives_himself_makes_a_recipient(name: str) -> None:
    line = f"from evil (helo={name}) by mx.isp.example with SMTP id 1 for <anna@ex.com>; Tue, 5 Mar 2024 10:00:00 +0100"
    assert recipient(line) in (None, "anna@ex.com")


@given(WORDS)
def test_no_quoted_sender_makes_a_recipient(local: str) -> None:
    line = f'from evil by mx.isp.example (envelope-from <"{local}"@evil.example>) id 1; Tue, 5 Mar 2024 10:00:00 +0100'
    assert recipient(line) is None


def test_a_line_of_any_length() -> None:
    assert hop(b'"\\' * LINE_SIZE) == Hop()
    assert hop(b"from a by b for <bob@ex.com> " + b"x" * LINE_SIZE) == Hop()
