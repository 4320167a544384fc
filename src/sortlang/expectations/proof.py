"""Proof: the verdict on what is said of all addresses of a pattern."""

from collections.abc import Callable, Iterable

from sortlang.analysis.decision import Decision
from sortlang.analysis.meet import single
from sortlang.expectations.asking import asked, beaten
from sortlang.expectations.verdict import Verdict, deciding, named, places
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import Expectation

Expected = Callable[[Pattern | None], tuple[str, ...]]
"""Where mail of a pattern should go."""


def proved(expectation: Expectation, program: Program, against: Iterable[Decision], expected: Expected) -> Verdict:
    """Holds if no region speaks against it; else one of them, with an address for all to see."""
    regions = sorted(against, key=lambda each: (len(str(each.region.witness)), str(each.region)))
    if not regions:
        return Verdict(expectation, True, named(expectation.targets))
    here = regions[0].region
    routes = asked(here.witness, program, expectation.account)
    wanted = expected(single(here.witness) if here.witness else None)
    welcome = wanted if expectation.kind == "every" else ()
    other, instead = beaten(here.witness, program, expectation, welcome)
    more, decided = len({each.region for each in regions}) - 1, deciding(routes)
    return Verdict(expectation, False, wanted, places(routes), decided, other, instead, here, more)
