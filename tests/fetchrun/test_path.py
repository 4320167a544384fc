"""Whatever an address holds, it is one path component, and no two addresses share one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetchrun.delivery.path import COMPONENT_SIZE, component, maildir
from sortlang.address import Address

TEXT = st.text(min_size=1, max_size=120) | st.text("./%~aA\0é", min_size=1, max_size=80)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("anna", "anna"),
        ("anna+news_2@ex-1.com", "anna+news_2@ex-1.com"),
        ("a=b", "a=b"),
        (".", "%2E"),
        ("..", "%2E."),
        (".hidden", "%2Ehidden"),
        ("a.b", "a.b"),
        ("a/b", "a%2Fb"),
        ("a\\b", "a%5Cb"),
        ("a b", "a%20b"),
        ("%2F", "%252%46"),
        ("A", "%41"),
        ("ü", "%C3%BC"),
        ("\0\n", "%00%0A"),
        ("~a", "%7Ea"),
        ("x" * 64, "x" * 64),
    ],
)
def test_component(text: str, wanted: str) -> None:
    assert component(text) == wanted


def test_a_long_one_is_cut_and_told_apart() -> None:
    one, two = component("x" * 65), component("x" * 66)
    assert one != two
    assert len(one) == len(two) == COMPONENT_SIZE
    assert one.startswith("x" * 39 + "~")


@given(TEXT)
def test_one_safe_component(text: str) -> None:
    found = component(text)
    assert found not in ("", ".", "..")
    assert not found.startswith((".", "~"))
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789._+=@-%~ABCDEF")
    assert len(found.encode()) <= COMPONENT_SIZE


@given(TEXT, TEXT)
def test_no_two_share_one(one: str, two: str) -> None:
    assert (component(one) == component(two)) == (one == two)
    assert (component(one).lower() == component(two).lower()) == (one == two), "not even where case is not told apart"


@given(
    TEXT, TEXT, st.sampled_from(["mail/{domain}/{local}", "{address}", ".{local}", "/srv/{domain}/.x.{local}/{local}"])
)
def test_a_maildir_lies_below_its_root(local: str, domain: str, template: str) -> None:
    found = maildir(template, Address(local, domain, local), Path("/state"))
    root = Path("/srv") if template.startswith("/") else Path("/state")
    assert found.is_absolute() and found.is_relative_to(root) and found != root
    assert not {".", ".."} & set(found.parts)
    assert len(found.relative_to(root).parts) == template.removeprefix("/srv/").count("/") + 1


def test_addresses_that_compare_equal_share_a_maildir() -> None:
    one, two = (maildir("{address}", Address.parse(each), Path("/state")) for each in ("Anna@EX.com.", "anna@ex.com"))
    assert one == two == Path("/state/anna@ex.com")
