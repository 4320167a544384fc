"""Addresses: split, normalised, refused."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sortlang.address import Address, InvalidAddress, folded, normal_domain

LETTERS = st.text(st.sampled_from("abAB.+-_ßẞİıÉéǰΐΣςſK\u0301\u0345\u0307あ漢"), min_size=1, max_size=12)
LABELS = st.text(st.sampled_from("abAB09-_üÜßéあ漢。．Ⅷ\u0301\u0308\u200d"), min_size=1, max_size=8)
DOMAINS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)


@pytest.mark.parametrize(
    ("text", "local", "domain", "spelled"),
    [
        ("anna@ex.com", "anna", "ex.com", "anna"),
        ("  Anna.B@EX.Com ", "anna.b", "ex.com", "Anna.B"),
        ("anna@ex.com.", "anna", "ex.com", "anna"),
        ("anna+Detail@ex.com", "anna+detail", "ex.com", "anna+Detail"),
        ("a@b@ex.com", "a@b", "ex.com", "a@b"),
        ('"a b"@ex.com', '"a b"', "ex.com", '"a b"'),
        ("Straße@straße.de", "strasse", "xn--strae-oqa.de", "Straße"),
        ("e\u0301@ex.com", "é", "ex.com", "e\u0301"),
        ("a@BÜCHER.example", "a", "xn--bcher-kva.example", "a"),
        ("a@bu\u0308cher.example", "a", "xn--bcher-kva.example", "a"),
        ("a@XN--BCHER-KVA.example", "a", "xn--bcher-kva.example", "a"),
        ("a@bücher。example。", "a", "xn--bcher-kva.example", "a"),
        ("a@ｅｘ．com", "a", "ex.com", "a"),
        ("a@my_host.bücher.example", "a", "my_host.xn--bcher-kva.example", "a"),
        ("a@localhost", "a", "localhost", "a"),
        ("a@[192.0.2.1]", "a", "[192.0.2.1]", "a"),
        ("a@[IPv6:2001:db8::1]", "a", "[ipv6:2001:db8::1]", "a"),
    ],
)
def test_parses(text: str, local: str, domain: str, spelled: str) -> None:
    address = Address.parse(text)
    assert (address.local, address.domain, address.spelled) == (local, domain, spelled)


def test_sharp_s_is_a_letter_of_its_own_in_domains() -> None:
    assert normal_domain("straße.de") != normal_domain("strasse.de")


def test_spelling_does_not_tell_addresses_apart() -> None:
    assert Address.parse("ANNA@ex.com") == Address.parse("anna@EX.com.")
    assert str(Address.parse("ANNA@EX.com.")) == "ANNA@ex.com"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "needs a local part"),
        ("anna", "needs a local part"),
        ("@ex.com", "needs a local part"),
        ("anna@", "is no domain name"),
        ("anna@.", "is no domain name"),
        ("anna@ex..com", "is no domain name"),
        ("anna@ex.com..", "is no domain name"),
        ("anna@.ex.com", "is no domain name"),
        ("anna@ex com", "is no domain name"),
        ("anna@e/x.com", "is no domain name"),
        ("anna@*.com", "is no domain name"),
        ("anna@＊.com", "is no domain name"),
        ("anna@[*]", "is no domain name"),
        ("anna@[../..]", "is no domain name"),
        ("anna@[]", "is no domain name"),
        ("anna@\u2603.com", "is no domain name"),
        ("anna@" + "a" * 64 + ".com", "is no domain name"),
        ("anna@" + "ü" * 64 + ".com", "is no domain name"),
        ("anna@" + "a." * 127 + "com", "has at most 255 characters"),
        ("anna@" + "ü." * 50 + "com", "is no domain name"),
        ("a" * 256 + "@ex.com", "has at most 255 characters"),
        ("an*na@ex.com", "cannot hold `*`"),
        ("an na@ex.com", "cannot hold a space"),
        ("an\u00a0na@ex.com", "cannot hold the character U+00A0"),
        ("an\nna@ex.com", "cannot hold the character U+000A"),
        ('"an\nna"@ex.com', "cannot hold the character U+000A"),
        ("an\x00na@ex.com", "cannot hold the character U+0000"),
        ("an\u2028na@ex.com", "cannot hold the character U+2028"),
        ("an\udc80na@ex.com", "cannot hold the character U+DC80"),
        ("anna@\udc80.com", "is no domain name"),
    ],
)
def test_refuses_and_says_why(text: str, why: str) -> None:
    with pytest.raises(InvalidAddress) as refusal:
        Address.parse(text)
    assert why in str(refusal.value)


@given(LETTERS, DOMAINS)
def test_what_it_prints_it_reads(local: str, domain: str) -> None:
    try:
        address = Address.parse(f"{local}@{domain}")
    except InvalidAddress:
        return
    again = Address.parse(str(address))
    assert again == address
    assert again.spelled == address.spelled


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for each in (text, f"a@{text}", f"{text}@ex.com"):
        try:
            assert Address.parse(str(Address.parse(each))) == Address.parse(each)
        except InvalidAddress as why:
            assert str(why)


@given(LETTERS)
def test_folding_again_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(st.characters(categories=["L", "M"]) | st.just("\u0345"), max_size=6))
@example("\u03b1\u0345\u0301")
def test_what_looks_the_same_folds_the_same(text: str) -> None:
    assert folded(unicodedata.normalize("NFD", text)) == folded(text) == folded(unicodedata.normalize("NFC", text))


def test_every_letter_folds_to_what_folds_no_further() -> None:
    letters = (chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    assert [each for each in letters if folded(folded(each)) != folded(each) or not folded(each)] == []
