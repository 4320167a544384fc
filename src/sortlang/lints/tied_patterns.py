"""tied-patterns: two patterns are equally specific for an address."""

from collections.abc import Iterable

from sortlang.analysis.tie import Tie
from sortlang.diagnostic import Diagnostic, Related, Severity
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.prove import ties

HINT = "add a rule for what both take, or make one of them more specific"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each `sort` that ties with another one, for an address which no third rule wins; one is enough."""
    first: dict[int, Tie] = {}
    for tie in ties(program):
        first.setdefault(id(tie.second), tie)
    return map(_finding, first.values())


def _finding(tie: Tie) -> Diagnostic:
    first, second = tie.first, tie.second
    message = f"`{first.pattern}` and `{second.pattern}` are equally specific, and the first wins by its spelling alone"
    related = (Related(first.span, "the one that wins"),)
    witness = str(tie.region.witness or "")
    return Diagnostic("tied-patterns", Severity.WARNING, message, second.span, HINT, witness, related)


LINT = Lint("tied-patterns", "two patterns are equally specific for an address", find)
