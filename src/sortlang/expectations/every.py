"""`expect every P -> T`: where mail for all addresses of a pattern goes."""

from sortlang.analysis.outcome import outcome
from sortlang.expectations.proof import proved
from sortlang.expectations.verdict import Read, Verdict
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.prove import otherwise
from sortlang.rules import Expectation, Rule


def judge(expectation: Expectation, program: Program, read: Read) -> Verdict:
    """Proved for all addresses: each goes to what the targets make of it and nowhere else; else one that does not."""
    assert expectation.pattern
    wanted = Rule("sort", expectation.pattern, expectation.targets, span=expectation.span)

    def holds(place: Pattern | None, found: frozenset[str]) -> bool:
        return found == outcome(wanted, place)

    against = otherwise(program, expectation.pattern, holds, expectation.account)
    return proved(expectation, program, against, lambda place: tuple(sorted(outcome(wanted, place))))
