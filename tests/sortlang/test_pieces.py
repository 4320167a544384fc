"""Quoted strings, comments, and the text between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sortlang.mail.pieces import pieces


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("", []),
        ("a b", [("text", "a b")]),
        ('a "b" c', [("text", "a "), ("quoted", '"b"'), ("text", " c")]),
        ("a (b) c", [("text", "a "), ("comment", "(b)"), ("text", " c")]),
        ("(a(b)(c))d", [("comment", "(a(b)(c))"), ("text", "d")]),
        ("(a\\)b)", [("comment", "(a\\)b)")]),
        ('"a\\"b"', [("quoted", '"a\\"b"')]),
        ('"(a"(b"c)', [("quoted", '"(a"'), ("comment", '(b"c)')]),
        ('"a""b"', [("quoted", '"a"'), ("quoted", '"b"')]),
        ('a"b"', [("text", 'a"b"')]),
        ('a."b"@c', [("text", "a."), ("quoted", '"b"'), ("text", "@c")]),
        ("(a", [("stray", "("), ("text", "a")]),
        ('"a', [("stray", '"'), ("text", "a")]),
        (
            '(a "b" (c)',
            [("stray", "("), ("text", "a "), ("quoted", '"b"'), ("text", " "), ("stray", "("), ("text", "c)")],
        ),
        ("a)", [("text", "a)")]),
        ("a\\", [("text", "a\\")]),
    ],
)
def test_pieces(value: str, wanted: list[tuple[str, str]]) -> None:
    assert [(each.kind, each.text.decode()) for each in pieces(value.encode())] == wanted


@given(st.text('a"()\\ ,', max_size=60).map(str.encode) | st.binary(max_size=60))
def test_nothing_is_left_out(value: bytes) -> None:
    assert b"".join(each.text for each in pieces(value)) == value
