"""Secrets: where passwords stand in a text, so that no excerpt shows them."""

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from operator import itemgetter

from sortlang.source import Source
from sortlang.suggest import closest

_SAID = re.compile(
    r"""
    (?P<word> [pP] (?<! \w[pP] ) \w{3,11}+ )             # what begins with a letter is sought the quickest
    (?: \s | \#[^\n]*\n )*+                              # a comment may stand between
    (?! (?i: env|file|command|credential|keyring ) \b )
    (?P<secret> (?: "(?: [^"\\\n] | \\. )*+"? | [^;"\n]++ )+ )
    """,
    re.VERBOSE,
)

FEWEST = 4
"""Letters that a word near `password` has in common with it: with 3, of four letters, 2 * 3 / (4 + 8) is below 0.6."""

NEAR = 500
"""Characters before a place and behind it in which the text around it is looked at alone."""

_CLOSED = re.compile(r"\n[^#\n]*;[^\S\n]*(?=\n)")
"""A line with a `;` at its end and no comment: what is said in it or above ends there, or before."""

Stretches = tuple[tuple[int, int], ...]


@lru_cache(maxsize=8)
def secrets(source: Source) -> Stretches:
    """The stretches `[start, end)` that are, or may be meant as, passwords; also where the file does not parse."""
    return _between(source.text, 0, len(source.text))


def masked(source: Source, start: int, end: int) -> str:
    """The text between two offsets, with `*` for each character of a password."""
    text = list(source.text[start:end])
    for first, last in _around(source, start, end):
        left, right = max(first - start, 0), min(last, end) - start
        text[left:right] = "*" * (right - left)
    return "".join(text)


def _around(source: Source, start: int, end: int) -> Stretches:
    """Those with a part between the offsets; no more of the text is looked at than it takes, if that is little."""
    text, low, high = source.text, max(0, start - NEAR), min(end + NEAR, len(source.text))
    closed = [each.end() for each in _CLOSED.finditer(text, low, high)]
    first = max((each for each in closed if each <= start), default=low)
    last = min((each for each in closed if each >= end), default=high)
    if (first and first not in closed) or (last < len(text) and last not in closed):
        found = secrets(source)
        return found[bisect_right(found, start, key=itemgetter(1)) : bisect_left(found, end, key=itemgetter(0))]
    return tuple(each for each in _between(text, first, last) if each[1] > start and each[0] < end)


def _between(text: str, start: int, end: int) -> Stretches:
    said = (each for each in _SAID.finditer(text, start, end) if _means_password(each["word"]))
    return tuple((each.start("secret"), each.start("secret") + len(each["secret"].rstrip())) for each in said)


def _means_password(word: str) -> bool:
    """Whether it is near enough. Most words that begin with a `p` have too few letters in common to ask how near."""
    folded = word.casefold()
    return sum(map(folded.count, "pasword")) >= FEWEST and bool(closest(folded, ("password",)))
