"""Secrets: where passwords stand in a text, so that no excerpt shows them."""

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from operator import itemgetter

from sortlang.source import Source
from sortlang.suggest import closest

_SAID = re.compile(
    r"""
    \b(?P<word> p\w{3,11}+ )
    (?: \s | \#[^\n]*\n )*+                              # a comment may stand between
    (?! (?:env|file|command|credential|keyring) \b )
    (?P<secret> (?: "(?: [^"\\\n] | \\. )*+"? | [^;"\n] )+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)


@lru_cache(maxsize=8)
def secrets(source: Source) -> tuple[tuple[int, int], ...]:
    """The stretches `[start, end)` that are, or may be meant as, passwords; also where the file does not parse."""
    said = (each for each in _SAID.finditer(source.text) if closest(each["word"], ("password",)))
    return tuple((each.start("secret"), each.start("secret") + len(each["secret"].rstrip())) for each in said)


def masked(source: Source, start: int, end: int) -> str:
    """The text between two offsets, with `*` for each character of a password."""
    text = list(source.text[start:end])
    found = secrets(source)
    for first, last in found[
        bisect_right(found, start, key=itemgetter(1)) : bisect_left(found, end, key=itemgetter(0))
    ]:
        left, right = max(first - start, 0), min(last, end) - start
        text[left:right] = "*" * (right - left)
    return "".join(text)
