"""Did you mean: the known word that a misspelt one is nearest to."""

from collections.abc import Iterable

from sortlang.diagnostic import Fix
from sortlang.source import Span


def closest(word: str, known: Iterable[str]) -> str:
    """The nearest known word, or empty when none is near."""
    from difflib import get_close_matches  # only for who mistyped something

    near = get_close_matches(word.casefold()[:64], sorted(known), n=1, cutoff=0.6)
    return near[0] if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint, or empty."""
    near = closest(word, known)
    return f"did you mean `{near}`?" if near else ""


def respelled(word: Span, known: Iterable[str]) -> Fix | None:
    """The fix for a word of the language that is misspelt. Names the author chose are for the author to mend."""
    near = closest(word.text, known)
    return Fix.of(f"write `{near}`", word, near) if near else None
