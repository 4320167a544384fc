"""Patterns: read, refused with advice, matched, ranked."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sortlang.address import Address
from sortlang.pattern import InvalidPattern, Pattern


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("anna@ex.com", "anna@ex.com"),
        ("Anna@EX.com.", "anna@ex.com"),
        ("*@ex.com", "*@ex.com"),
        ("a***b@**.ex.com", "a*b@*.ex.com"),
        ("*@*", "*@*"),
        ("*", "*"),
        ("**", "*"),
        ("*@*.bücher.de", "*@*.xn--bcher-kva.de"),
        ("*@MAIL-*.Straße.de", "*@mail-*.xn--strae-oqa.de"),
        ("*@bücher。de", "*@xn--bcher-kva.de"),
        ("Stra\u00dfe*@ex.com", "strasse*@ex.com"),
        ('"a b"@ex.com', '"a b"@ex.com'),
        ('"a@b"@ex.com', '"a@b"@ex.com'),
        ("*@[192.0.2.1]", "*@[192.0.2.1]"),
        ("*@xn--*.de", "*@xn--*.de"),
    ],
)
def test_parses_to_its_normal_form(text: str, normal: str) -> None:
    pattern = Pattern.parse(text)
    assert str(pattern) == normal
    assert Pattern.parse(normal) == pattern


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ("", "needs a local part", "write `*` for all mail"),
        ("@", "needs a local part", "write `*` for all mail"),
        ("@ex.com", "nothing stands before the `@`", "write `*@ex.com`"),
        ("ex.com", "needs a local part", "write `*@ex.com`"),
        ("*.ex.com", "needs a local part", "write `*@*.ex.com`"),
        ("anna", "needs a local part", "write `anna@*`"),
        ("anna@", "nothing stands after the `@`", "write `anna@*`"),
        ("*@", "nothing stands after the `@`", "write `*@*`"),
        ("an na@ex.com", "cannot hold a space", ""),
        (" *@ex.com", "cannot hold a space", ""),
        ("*@ex.com ", "is no domain name", ""),
        ("*@ex .com", "is no domain name", ""),
        ("*@*.ex .com", "is no domain name", ""),
        ("*@e x*.com", "is no part of a domain name", ""),
        ("a@ex.com,b@ex.com", "has one `@`", "a comma separates patterns"),
        ("a@@ex.com", "has one `@`", "a comma separates patterns"),
        ("*@ex..com", "is no domain name", ""),
        ("*@*..com", "is no domain name", ""),
        ("*@bü*.de", "letters that are not ASCII", "write the label in its `xn--` form, or `*` alone"),
        ("*@＊.de", "is no domain name", ""),
        ("*@[*]", "is no domain name", ""),
        ("a\tb@ex.com", "the character U+0009", ""),
        ("a" * 2000 + "@ex.com", "at most 1024 characters", ""),
    ],
)
def test_refuses_with_a_reason_and_advice(text: str, why: str, hint: str) -> None:
    with pytest.raises(InvalidPattern) as refusal:
        Pattern.parse(text)
    assert why in str(refusal.value)
    assert refusal.value.hint == hint


@given(st.text(st.sampled_from('ab*@. "[ü\u0301。\n-_'), max_size=12))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    try:
        pattern = Pattern.parse(text)
    except InvalidPattern as why:
        assert str(why)
    else:
        assert Pattern.parse(str(pattern)) == pattern


@pytest.mark.parametrize(
    ("pattern", "address", "takes"),
    [
        ("anna@ex.com", "ANNA@EX.com", True),
        ("anna@ex.com", "anna+x@ex.com", False),
        ("*@ex.com", "anna@sub.ex.com", False),
        ("*@*.ex.com", "anna@ex.com", False),
        ("*@*.ex.com", "anna@a.b.ex.com", True),
        ("*@*ex.com", "anna@ex.com", True),
        ("a*a@ex.com", "a@ex.com", False),
        ("a*a@ex.com", "aa@ex.com", True),
        ("*@ex.com", "a@b@ex.com", True),
        ("a@*", "a@b@ex.com", False),
        ("*@*.straße.de", "a@b.strasse.de", False),
        ("STRASSE@ex.com", "straße@ex.com", True),
    ],
)
def test_matches(pattern: str, address: str, takes: bool) -> None:
    assert Pattern.parse(pattern).matches(Address.parse(address)) is takes


def test_only_the_bare_star_takes_mail_without_a_recipient() -> None:
    assert Pattern.parse("*").matches(None)
    assert not Pattern.parse("*@*").matches(None)
    assert not Pattern.parse("*@ex.com").matches(None)


@pytest.mark.parametrize(
    ("pattern", "address", "captures"),
    [
        ("*@ex.com", "Anna+X@ex.com", ("Anna+X", "")),
        ("info-*@*.old.com", "INFO-Rome@IT.old.com", ("Rome", "it")),
        ("*", "Anna@ex.com", ("Anna", "ex.com")),
        ("a*b*c@*.x.*", "a1b2c@d.x.e", ("", "")),
        ("*@*.bücher.de", "Ö@ä.bücher.de", ("Ö", "xn--4ca")),
        ("anna*@ex.com", "ANNA@ex.com", ("", "")),
    ],
)
def test_captures_as_it_was_spelled(pattern: str, address: str, captures: tuple[str, str]) -> None:
    assert Pattern.parse(pattern).captures(Address.parse(address)) == captures


LADDER = [
    "anna@ex.com",
    "anna@*.com",
    "anna@*",
    "anna*@ex.com",  # four literals
    "ann*@ex.com",
    "an*a@*",  # three literals, start of two
    "a*na@ex.com",
    "*nna@ex.com",
    "*nn*@ex.com",
    "a*@sub.ex.com",
    "a*@*.ex.com",
    "a*@*.com",
    "a*@*",
    "*@a.ex.com",
    "*@ex.com",
    "*@*.ex.com",
    "*@*",
    "*",
]


def test_ranks_from_narrow_to_wide() -> None:
    patterns = [Pattern.parse(text) for text in reversed(LADDER)]
    assert [str(each) for each in sorted(patterns, key=lambda each: each.rank)] == LADDER


def test_the_text_decides_between_the_tied() -> None:
    assert Pattern.parse("a*b@*").rank[:3] == Pattern.parse("a*c@*").rank[:3]
    assert Pattern.parse("a*b@*").rank < Pattern.parse("a*c@*").rank


def test_a_pattern_that_takes_less_ranks_first() -> None:
    """All patterns of up to three letters a half, against all addresses of up to four: `c` is in no pattern."""
    globs = [
        text for size in (1, 2, 3) for text in map("".join, itertools.product("a*", repeat=size)) if "**" not in text
    ]
    words = [text for size in (1, 2, 3, 4) for text in map("".join, itertools.product("ac", repeat=size))]
    addresses = [Address(local, domain, local) for local in words for domain in words]
    patterns = [Pattern.parse(f"{local}@{domain}") for local in globs for domain in globs]
    takes = {each: frozenset(n for n, address in enumerate(addresses) if each.matches(address)) for each in patterns}
    nested = [(less, more) for less in patterns for more in patterns if takes[less] < takes[more]]
    assert len(nested) > 500
    assert [(str(less), str(more)) for less, more in nested if less.rank >= more.rank] == []
