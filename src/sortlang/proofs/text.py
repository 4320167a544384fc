"""A proof as text: what holds, and addresses where something does not."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from sortlang.analysis.change import Change
from sortlang.analysis.needless import Needless
from sortlang.analysis.tie import Tie
from sortlang.diffs.text import change_lines
from sortlang.proofs.proof import Overlap, Proof
from sortlang.reports.screen import visible
from sortlang.rules import Rule

SHOWN = 20
"""Of each kind; JSON has them all."""

T = TypeVar("T")


def render(proof: Proof) -> str:
    """All claims about one file, one after the other."""
    return "\n".join(map(visible, _lines(proof)))


def render_equivalence(changes: Sequence[Change]) -> str:
    """Whether two files do the same with all mail."""
    if not changes:
        return "equivalent: both send all mail to the same places"
    lines = [line for each in changes[:SHOWN] for line in change_lines(each, "one", "other")]
    rest = [f"  and {len(changes) - SHOWN} more"] if len(changes) > SHOWN else []
    return "\n".join(map(visible, ["not equivalent", *lines, *rest]))


def _lines(proof: Proof) -> Iterator[str]:
    if proof.uncovered:
        shown = f", such as {proof.uncovered.witness}" if proof.uncovered.witness else ""
        yield f"not total: no rule takes {proof.uncovered}{shown}"
    else:
        yield "total: every address is taken by a rule, and so is mail without a recipient"
    yield from _section("redundant", proof.redundant, _redundant)
    yield from _section("unreachable", proof.unreachable, _unreachable)
    yield from _section("tied", proof.ties, _tie)
    yield from _section("overlapping", proof.overlaps, _overlap)


def _section(name: str, found: Sequence[T], line: Callable[[T], str]) -> Iterator[str]:
    yield f"{name}: {len(found) or 'none'}"
    yield from (f"  {line(each)}" for each in found[:SHOWN])
    if len(found) > SHOWN:
        yield f"  and {len(found) - SHOWN} more"


def _redundant(found: Needless) -> str:
    said = f"{_rule(found.by)} says so already" if found.by else "without it, no rule takes that mail"
    return f"{_rule(found.rule)}: {said}"


def _unreachable(found: tuple[Rule, Rule | None]) -> str:
    rule, winner = found
    return f"{_rule(rule)}: {_rule(winner)} always wins" if winner else f"{_rule(rule)}: it never wins"


def _tie(tie: Tie) -> str:
    return f"{_rule(tie.first)} before {_rule(tie.second)} by its spelling alone, such as {tie.region.witness}"


def _overlap(overlap: Overlap) -> str:
    return f"{_rule(overlap.first)} before {_rule(overlap.second)}, such as {overlap.witness}"


def _rule(rule: Rule) -> str:
    return f"`{rule}` ({rule.span.place})"
