"""Meet: what two patterns take in common, as patterns again.

Two globs with `*` alone have a finite number of globs in common: `a*` and `*b` meet in `a*b`, `*a*` and `*b*` in
`*a*b*` and `*b*a*`, `*ab*` and `*bc*` in these and in `*abc*`, where their literals overlap.

**The most general address.** No literal of a rule holds a `*`. So the text of a glob is itself a word, in which `*` is
a letter that nobody spells, and `q.matches(p.text)` says whether q takes *all* that p takes. If q takes that word, only
a `*` of q can take its `*`, and takes whatever stands there instead. And a *union* of globs takes all of p only if one
of them does: if none takes that word, put a letter that none of them spells for each `*`, and none takes it either.
"""

from functools import lru_cache
from itertools import product

from sortlang.address import Address
from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern

MAX_MIXES = 1000
"""The ways in which two globs may mix that are followed. Two of six pieces between their `*` mix in 924 ways."""


def common(one: Pattern, other: Pattern) -> tuple[Pattern, ...]:
    """The patterns that together take what both take; none if they have no address in common."""
    if "*" not in other.domain.text and "*" not in other.local.text:
        return (other,) if within(other, one) else ()
    domains = meet(one.domain, other.domain)
    if not domains:
        return ()
    bare = one.bare and other.bare
    return tuple(Pattern(local, domain, bare) for local, domain in product(meet(one.local, other.local), domains))


def within(one: Pattern, other: Pattern) -> bool:
    """Whether `other` takes every address that `one` takes."""
    return other.local.matches(one.local.text) and other.domain.matches(one.domain.text)


def general(pattern: Pattern) -> Address:
    """The most general address of a pattern: in it `*` is a letter. What takes it takes all that the pattern takes."""
    return Address(pattern.local.text, pattern.domain.text, pattern.local.text)


def single(address: Address) -> Pattern:
    """The pattern that takes the address and no other."""
    return Pattern(Glob(address.local), Glob(address.domain))


@lru_cache(maxsize=1 << 16)
def meet(one: Glob, other: Glob) -> tuple[Glob, ...]:
    """The globs that together take what both take, none of them within another."""
    if other.matches(one.text):
        return (one,)
    if one.matches(other.text):
        return (other,)
    if "*" not in one.text or "*" not in other.text or _clash(one.text, other.text):
        return ()
    alone = one.stars == 1 and other.stars == 1
    return _widest(_spliced(one, other) if alone else _mixed(one.text, other.text))


def _clash(one: str, other: str) -> bool:
    """Whether the literal starts contradict each other, or the literal ends."""
    start, begin = one[: one.find("*")], other[: other.find("*")]
    end, close = one[one.rfind("*") + 1 :], other[other.rfind("*") + 1 :]
    starts = start.startswith(begin) or begin.startswith(start)
    return not starts or not (end.endswith(close) or close.endswith(end))


def _spliced(one: Glob, other: Glob) -> set[str]:
    """With one `*` each: the longer start and the longer end, with a `*` between or run into one another."""
    (start, end), (begin, close) = one.text.split("*"), other.text.split("*")
    start, end = max(start, begin, key=len), max(end, close, key=len)
    overlaps = (start + end[size:] for size in range(1, min(len(start), len(end)) + 1) if start.endswith(end[:size]))
    touching = {each for each in overlaps if one.matches(each) and other.matches(each)}
    return touching | {f"{start}*{end}"}


def _mixed(one: str, other: str) -> set[str]:
    """All ways to go through both globs at once, from their ends to their starts."""
    below: list[set[str]] = []
    for i in range(len(one), -1, -1):
        row: list[set[str]] = [set() for _ in range(len(other) + 1)]
        for j in range(len(other), -1, -1):
            row[j] = _step(one, i, other, j, row, below)
        below = row
    return below[0]


def _step(one: str, i: int, other: str, j: int, row: list[set[str]], below: list[set[str]]) -> set[str]:
    """What both globs take from places i and j on; `row` knows it for (i, j+1 …), `below` for (i+1, …)."""
    a, b = one[i : i + 1], other[j : j + 1]
    if not a and not b:
        return {""}
    ended = (below[j] if a == "*" else set()) | (row[j + 1] if b == "*" else set())
    if a == "*" and b == "*":
        return {_starred(each) for each in _few(ended)}
    taken: set[str] = set()
    if a and a == b:
        taken = below[j + 1]
    elif a == "*" and b:
        taken = row[j + 1]
    elif b == "*" and a:
        taken = below[j]
    letter = b if a in ("*", "") else a
    return _few(ended | {letter + each for each in taken})


def _starred(rest: str) -> str:
    return rest if rest.startswith("*") else f"*{rest}"


def _few(mixes: set[str]) -> set[str]:
    return mixes if len(mixes) <= MAX_MIXES else set(sorted(mixes, key=lambda each: (len(each), each))[:MAX_MIXES])


def _widest(texts: set[str]) -> tuple[Glob, ...]:
    """The globs that lie within no other of them. The wider one ranks behind, so it comes first from there."""
    kept: list[Glob] = []
    for glob in sorted(map(Glob, texts), key=lambda each: (each.rank, each.text), reverse=True):
        if not any(wider.matches(glob.text) for wider in kept):
            kept.append(glob)
    return tuple(sorted(kept, key=lambda each: each.text))
