"""Address lists as people and programs write them, and as those write them who mean no good."""

from email.utils import formataddr, getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sortlang.mail.addresslist import ADDRESS_COUNT, FIELD_SIZE, addresses


def named(text: str | bytes) -> list[str]:
    return [str(each) for each in addresses(text.encode() if isinstance(text, str) else text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # What the standard library's parsers get wrong, each in its own way.
        ("bob@ex.com; carol@ex.com", ["bob@ex.com", "carol@ex.com"]),
        ("alice@ex.com <bob@ex.com>", ["bob@ex.com"]),
        ("bob@ex.com.", ["bob@ex.com"]),
        ('Bob <b@EX.com>, bad"quote <x@ex.com>', ["b@ex.com", "x@ex.com"]),
        ("undisclosed-recipients:;", []),
        ("recipient list not shown: ;", []),
        ('Friends: a@ex.com, "B, C" <b@ex.com>;, d@ex.com', ["a@ex.com", "b@ex.com", "d@ex.com"]),
        # Shapes.
        ("", []),
        (" , ;,", []),
        ("bob@ex.com", ["bob@ex.com"]),
        ("<bob@ex.com>", ["bob@ex.com"]),
        ("< bob@ex.com >", ["bob@ex.com"]),
        ("Bob Smith bob@ex.com", ["bob@ex.com"]),
        ("bob@ex.com carol@ex.com", ["bob@ex.com", "carol@ex.com"]),
        ("<bob@ex.com> <carol@ex.com>", ["bob@ex.com", "carol@ex.com"]),
        ("bob @ ex.com", ["bob@ex.com"]),
        ("bob@ex.com @carol", ["bob@ex.com"]),
        ("<bob@ex.com> not carol@ex.com", ["bob@ex.com"]),
        ("bob@ex.com..", ["bob@ex.com"]),
        ("x bo[b@ex.com", []),
        ("bob@ex.com (Bob)", ["bob@ex.com"]),
        ("(a@ex.com) bob@ex.com (b@ex.com (c@ex.com) d@ex.com)", ["bob@ex.com"]),
        ("'bob@ex.com'", ["bob@ex.com"]),
        ('"bob@ex.com"', ["bob@ex.com"]),
        ('"bob@ex.com" <carol@ex.com>', ["carol@ex.com"]),
        ("mailto:bob@ex.com", ["bob@ex.com"]),
        ("<mailto:bob@ex.com>", ["bob@ex.com"]),
        ("<@a.example,@b.example:bob@ex.com>", ["bob@ex.com"]),
        ("bob@[192.0.2.1]", ["bob@[192.0.2.1]"]),
        ("bob@[IPv6:2001:db8::1], carol@ex.com", ["bob@[ipv6:2001:db8::1]", "carol@ex.com"]),
        # Quotes around a local part: only where it needs them.
        ('"bob"@ex.com', ["bob@ex.com"]),
        ('"b\\ob"@ex.com', ["bob@ex.com"]),
        ('"john doe"@ex.com', ['"john doe"@ex.com']),
        ('"a,b"@ex.com, <"c;d"@ex.com>', ['"a,b"@ex.com', '"c;d"@ex.com']),
        ('"a\\"b"@ex.com', ['"a\\"b"@ex.com']),
        ('"a@b"@ex.com', ['"a@b"@ex.com']),
        # Encoded words hide no separator and no address.
        ("=?utf-8?Q?a=2C_b=40ex=2Ecom?= <bob@ex.com>", ["bob@ex.com"]),
        ("=?utf-8?Q?Bob,_C?= <bob@ex.com>", ["bob@ex.com"]),
        # What never closes.
        ("Bob <bob@ex.com, carol@ex.com", ["bob@ex.com", "carol@ex.com"]),
        ("Bob <bob@ex.com, Carol <carol@ex.com>", ["bob@ex.com", "carol@ex.com"]),
        ("bob@ex.com (unclosed, carol@ex.com", ["bob@ex.com", "carol@ex.com"]),
        ('"unclosed, bob@ex.com, <carol@ex.com>', ["bob@ex.com", "carol@ex.com"]),
        ("bob@ex.com> , carol@ex.com", ["bob@ex.com", "carol@ex.com"]),
        ("bob@[192.0.2.1, carol@ex.com", ["carol@ex.com"]),
        # No addresses.
        ("bob", []),
        ("@ex.com", []),
        ("bob@", []),
        ("bob@ex..com", []),
        ("bob@ex.com@evil.example", []),
        ("<john doe@ex.com>", []),
        ("<b\0b@ex.com>", []),
        ("b*b@ex.com", []),
        ("a" * 300 + "@ex.com", []),
        # Beyond ASCII.
        ("jürgen@bücher.example", ["jürgen@xn--bcher-kva.example"]),
        (b"J\xfcrgen <bob@ex.com>, j\xfcrgen@ex.com", ["bob@ex.com"]),
    ],
)
def test_addresses_of(text: str | bytes, wanted: list[str]) -> None:
    assert named(text) == wanted


ATOM = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_+", min_size=1, max_size=12)
DOMAIN = st.lists(st.text("abcdefghijklmnop0123456789", min_size=1, max_size=8), min_size=2, max_size=3).map(".".join)
NAME = st.text(st.sampled_from("abc XYZ.,;:@()<>\"'\\äß漢"), max_size=20).filter(lambda name: name == name.strip())


@given(st.lists(st.tuples(NAME, ATOM, DOMAIN), max_size=6))
def test_agrees_with_the_standard_library_on_what_it_writes(people: list[tuple[str, str, str]]) -> None:
    field = ", ".join(formataddr((name, f"{local}@{domain}")) for name, local, domain in people)
    # Of an empty field some patch levels of the library make one empty address.
    assert named(field) == [address for _, address in getaddresses([field]) if address]
    assert len(named(field)) == len(people)


@given(st.binary(max_size=2000) | st.text('a@x.<>,;:"()[]\\ \t', max_size=300).map(str.encode))
def test_never_raises(junk: bytes) -> None:
    for each in addresses(junk):
        assert "@" in str(each) and "\n" not in str(each) and "\0" not in str(each)


@given(st.text('a@x.<>,;:"()[]\\ ', max_size=60))
def test_what_it_reads_it_reads_again(junk: str) -> None:
    """A spelling that comes out goes in as the same one address."""
    for each in addresses(junk.encode()):
        assert named(f"<{each}>") == [str(each)]


@pytest.mark.parametrize(
    "unit", ["(", '"', '"\\', "<", "[", ":", "(a", '"a', "\\", "a@", "<a@b.c", "((\\)", "@", ",<(\"['"]
)
def test_hostile_fields_come_to_an_end(unit: str) -> None:
    """A parser that looks back, or ahead, for each of these would not return from 64 KiB of it."""
    addresses((unit * FIELD_SIZE)[:FIELD_SIZE].encode())


def test_bounds() -> None:
    long = ",".join(f"a{i}@ex.com" for i in range(ADDRESS_COUNT + 1))
    assert len(named(long)) == ADDRESS_COUNT
    cut = " " * (FIELD_SIZE - 20) + "bob@ex.com, carol@example.com"
    assert named(cut) == ["bob@ex.com"], "half of carol's address is none"
