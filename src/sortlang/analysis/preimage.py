"""Preimage: the addresses that a rule sends to what a pattern takes.

What the `*` of a rule took stands, in its target, between fixed pieces of text. A glob takes the result if it can be
cut so that each of its parts takes what stands there; a cut may fall into a `*`, which then ends one part and begins
the next. Each way to cut it says what the `*` of the rule took: something that all the parts for it take.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, product

from sortlang.address import folded
from sortlang.analysis.meet import meet
from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern
from sortlang.rules import Rule


def preimage(rule: Rule, wanted: Pattern) -> Iterator[Pattern]:
    """Patterns that together take the addresses that the rule takes and sends to what `wanted` takes, and no others."""
    for target in rule.targets:
        if target.kind == "address":
            locals_ = _half(rule.pattern.local, folded(target.local), wanted.local)
            domains = _half(rule.pattern.domain, target.domain, wanted.domain)
            for local, domain in product(locals_, domains):
                yield Pattern(local, domain, rule.pattern.bare)


def _half(left: Glob, right: str, wanted: Glob) -> Iterable[Glob]:
    """What of the left glob becomes, on the right, a text that the wanted glob takes."""
    if "*" not in right:
        return [left] if wanted.matches(right) else []
    return [Glob.of(left.text.replace("*", each)) for each in _taken(right, wanted.text)]


@lru_cache(maxsize=1 << 12)
def _taken(right: str, wanted: str) -> tuple[str, ...]:
    """Globs for what each `*` on the right may stand for, if the wanted glob is to take the whole."""
    first, *fixed = right.split("*")
    return tuple(dict.fromkeys(_cut(_behind(wanted, first), tuple(fixed), "*")))


def _cut(rests: Iterable[str], fixed: tuple[str, ...], piece: str) -> Iterator[str]:
    """What the `*` may be if these are what is left of the wanted glob, and `piece` is what it may be so far."""
    if not fixed:
        yield from (piece for rest in rests if not rest.strip("*"))
        return
    for rest in rests:
        for part, other in _parts(rest):
            for narrower in meet(Glob(piece), Glob.of(part)):
                yield from _cut(_behind(other, fixed[0]), fixed[1:], narrower.text)


def _parts(glob: str) -> Iterator[tuple[str, str]]:
    """All ways to cut a glob in two."""
    for place in range(len(glob) + 1):
        yield glob[:place], glob[place:]
        if glob[place : place + 1] == "*":
            yield f"{glob[:place]}*", glob[place:]


def _behind(glob: str, text: str) -> Iterable[str]:
    """What may be left of a glob that has taken the text."""
    rests = {glob}
    for letter in text:
        rests = set(chain.from_iterable(_step(each, letter) for each in rests))
    return sorted(rests)


def _step(glob: str, letter: str) -> Iterator[str]:
    if glob.startswith("*"):
        yield glob
        yield from _step(glob[1:], letter)
    elif glob.startswith(letter):
        yield glob[1:]
