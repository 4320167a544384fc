"""`expect never P -> T`: where no mail for an address of a pattern goes."""

from collections.abc import Iterable, Iterator
from itertools import chain

from sortlang.analysis.decision import Decision
from sortlang.analysis.meet import common, general
from sortlang.analysis.preimage import preimage
from sortlang.analysis.view import View
from sortlang.expectations.proof import proved
from sortlang.expectations.verdict import Read, Verdict, named
from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.prove import otherwise
from sortlang.rules import Expectation, Rule


def judge(expectation: Expectation, program: Program, read: Read) -> Verdict:
    """Proved for all addresses: none goes to what a target takes, by `sort` or `copy`; else one that does.

    A `*` of a target stands for anything here: whoever says `never "*@ex.com" -> "*@elsewhere.com"` means all of it.
    """
    return proved(expectation, program, _against(expectation, program), lambda place: named(expectation.targets))


def _against(expectation: Expectation, program: Program) -> Iterator[Decision]:
    """Within each pattern asked about, a rule gives one answer: it leads to the target for all of it, or for none."""
    forbidden = named(expectation.targets)

    def holds(place: Pattern | None, found: frozenset[str]) -> bool:
        return not any(_forbidden(each, forbidden) for each in found)

    for pattern in dict.fromkeys(_suspects(expectation, program)):
        yield from otherwise(program, pattern, holds, expectation.account)


def _suspects(expectation: Expectation, program: Program) -> Iterator[Pattern]:
    """The pattern itself, and what of it a rule may send to a target."""
    assert expectation.pattern
    yield expectation.pattern
    view = View.of(program, expectation.account)
    wanted = [_taken(each) for each in named(expectation.targets) if "@" in each]
    for rule in _around(view, expectation.pattern):
        for sent in chain.from_iterable(preimage(rule, each) for each in wanted):
            yield from common(expectation.pattern, sent)


def _around(view: View, pattern: Pattern) -> Iterable[Rule]:
    return chain(view.sorts.around(pattern), view.copies.around(pattern))


def _forbidden(place: str, forbidden: Iterable[str]) -> bool:
    """Whether all of a place, which may be an address with `*` in it, is what a target takes."""
    if "@" not in place:
        return place in forbidden
    address = general(_taken(place))
    return any("@" in each and _taken(each).matches(address) for each in forbidden)


def _taken(place: str) -> Pattern:
    local, _, domain = place.rpartition("@")
    return Pattern(Glob.of(local), Glob.of(domain))
