"""Chance: single addresses that come out alike although the rules differ.

`*@b.com` and `anna@b.com` differ for all mail but anna's. Where both sides vary, as `a*` and `*a`, they may agree for
`a`, `aa` and so on: such runs of one piece are not followed.
"""

from collections.abc import Iterable, Iterator
from itertools import product

from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern


def chances(pattern: Pattern, some: Iterable[str], others: Iterable[str]) -> Iterator[Pattern]:
    """The parts of the pattern for which one of `some` destinations may be one of the `others`."""
    for one, other in product(some, others):
        if "*" in one + other and "@" in one and "@" in other:
            yield from _chance(pattern, one.rpartition("@"), other.rpartition("@"))


def _chance(pattern: Pattern, one: tuple[str, str, str], other: tuple[str, str, str]) -> Iterator[Pattern]:
    local, domain = _solved(pattern.local, one[0], other[0]), _solved(pattern.domain, one[2], other[2])
    if local and domain and local.text and domain.text and (local, domain) != (pattern.local, pattern.domain):
        yield Pattern(local, domain)


def _solved(glob: Glob, one: str, other: str) -> Glob | None:
    """The glob with its `*` such that both texts are the same; itself if they are; None if they never are."""
    if one == other:
        return glob
    varying, fixed = (one, other) if "*" in one else (other, one)
    if "*" in fixed or varying.count("*") != 1 or glob.stars != 1 or not Glob(varying).matches(fixed):
        return None
    return Glob(glob.text.replace("*", Glob(varying).capture(fixed)))
