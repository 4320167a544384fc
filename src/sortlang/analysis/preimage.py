"""Preimage: the addresses that a rule sends to what a pattern takes.

A rule turns what its `*` took into the `*` of its target. So the places of its target that another pattern takes are
those both patterns have in common, and each of them, its fixed start and end taken off, says what the `*` took.
"""

from collections.abc import Iterator
from itertools import product

from sortlang.address import folded
from sortlang.analysis.meet import meet
from sortlang.glob import Glob
from sortlang.pattern import Pattern
from sortlang.rules import Rule


def preimage(rule: Rule, wanted: Pattern) -> Iterator[Pattern]:
    """Patterns that together take what the rule takes and sends to an address that `wanted` takes.

    Where a target repeats its `*` in one part, as `*-*@ex.com`, runs of one piece are not followed: found are the
    single addresses in it that `wanted` has in common with it, and all of the rule if it takes all.
    """
    for target in rule.targets:
        if target.kind == "address":
            locals_ = _half(rule.pattern.local, folded(target.local), wanted.local)
            domains = _half(rule.pattern.domain, target.domain, wanted.domain)
            for local, domain in product(locals_, domains):
                yield Pattern(local, domain, rule.pattern.bare)


def _half(left: Glob, right: str, wanted: Glob) -> list[Glob]:
    """What of the left glob becomes, on the right, a text that the wanted glob takes."""
    found = meet(Glob.of(right), wanted)
    stars = right.count("*")
    if stars == 0 or left.stars != 1:
        return [left] if found else []
    if not found:
        return []
    start, end = right.partition("*")[0], right.rpartition("*")[2]
    if stars == 1:
        took = [each.text[len(start) : len(each.text) - len(end)] for each in found]
    else:
        took = ["*", *filter(None, (_repeated(each.text, right, start) for each in found))]
    return [Glob.of(left.text.replace("*", each)) for each in took]


def _repeated(text: str, right: str, start: str) -> str:
    """What each `*` on the right is, for a text without `*` to come of it; nothing if it is nothing."""
    size, odd = divmod(len(text) - len(right) + right.count("*"), right.count("*"))
    piece = text[len(start) : len(start) + size] if size > 0 and not odd else ""
    return piece if "*" not in text and right.replace("*", piece) == text else ""
