"""Globs: what they take, what the `*` took, and why their rank is the right one."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sortlang.address import folded
from sortlang.globs.glob import Glob

SPELLINGS = st.text(st.sampled_from("aAbsSßẞİiIıéEe\u0301\u0307\u0323\u0345ǰΐΣςſKkﬁ-"), max_size=8)


@given(st.text("ab*", max_size=10), st.text("ab", max_size=10))
def test_matches_as_a_regular_expression_does(glob: str, text: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, glob.split("*"))), text) is not None
    assert Glob.of(glob).matches(text) is expected


def test_never_tries_twice() -> None:
    """Backtracking would need more steps than there are atoms."""
    assert not Glob("*a" * 300 + "*b").matches("a" * 5000)
    assert Glob("*a" * 300 + "*b").matches("a" * 5000 + "b")


def test_neighbouring_stars_are_one() -> None:
    assert Glob.of("a*****b**") == Glob("a*b*")


@pytest.mark.parametrize(
    ("glob", "spelled", "took"),
    [
        ("*", "Straße", "Straße"),
        ("str*", "STRaße", "aße"),
        ("strass*", "Straße", "e"),
        ("stras*", "Straße", "se"),  # the edge runs through the ß: as folded
        ("*e", "Straße", "Straß"),
        ("*-x", "İ-X", "İ"),
        ("i\u0307*", "İX", "X"),
        ("é*", "E\u0301X", "X"),
        ("a*b", "AB", ""),
        ("a", "A", ""),
        ("a*b*", "aXbY", ""),
    ],
)
def test_captures_in_the_original_spelling(glob: str, spelled: str, took: str) -> None:
    assert Glob(glob).capture(folded(spelled), spelled) == took


@given(SPELLINGS, st.data())
def test_a_capture_put_back_gives_the_text(spelled: str, data: st.DataObject) -> None:
    text = folded(spelled)
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    glob = Glob(f"{text[:first]}*{text[last:]}")
    assert glob.matches(text)
    assert folded(glob.text.replace("*", glob.capture(text, spelled))) == text
    assert glob.text.replace("*", glob.capture(text)) == text


def test_a_spelling_that_would_fold_to_something_else_is_given_as_folded() -> None:
    """U+0345 becomes a letter when folded, so it moves no more past the mark that stood behind it."""
    spelled = "\u1fbb\u0345\u1dd1"
    text = folded(spelled)
    took = Glob("\u03ac*").capture(text, spelled)
    assert folded("\u03ac" + took) == text


@given(SPELLINGS, SPELLINGS, SPELLINGS)
def test_a_capture_keeps_its_spelling_wherever_folding_leaves_its_edges(start: str, took: str, end: str) -> None:
    spelled = start + took + end
    if folded(spelled) == folded(start) + folded(took) + folded(end):
        assert Glob(f"{folded(start)}*{folded(end)}").capture(folded(spelled), spelled) == took


GLOBS = [text for size in range(6) for text in map("".join, itertools.product("ab*", repeat=size)) if "**" not in text]
WORDS = [text for size in range(7) for text in map("".join, itertools.product("abc", repeat=size))]


def test_a_glob_that_takes_less_ranks_first() -> None:
    """Over words long enough for the proof in `Glob.rank`; `c` is the letter that no glob has."""
    taken = {text: sum(1 << n for n, word in enumerate(WORDS) if Glob(text).matches(word)) for text in GLOBS}
    nested = [(p, q) for p in GLOBS for q in GLOBS if p != q and taken[p] & ~taken[q] == 0]
    assert len(nested) > 1000
    assert len(set(taken.values())) == len(GLOBS)
    assert [(p, q) for p, q in nested if Glob(p).rank >= Glob(q).rank] == []
