"""A Proof: what holds for all addresses, and what does not."""

from collections.abc import Iterator
from itertools import chain

from sortlang.address import Address
from sortlang.analysis.asked import before
from sortlang.analysis.meet import within
from sortlang.analysis.needless import Needless
from sortlang.analysis.region import Region
from sortlang.analysis.tie import Tie
from sortlang.analysis.view import View
from sortlang.frozen import frozen
from sortlang.program import Program
from sortlang.prove import overlaps, redundant, shadowed, ties, uncovered
from sortlang.rules import Rule


@frozen
class Overlap:
    """Two rules of which neither takes all that the other takes; for what both take, `first` is asked first."""

    first: Rule
    second: Rule
    witness: Address


@frozen
class Proof:
    """`uncovered`: mail that no rule takes. `unreachable`: rules that never win, and which one does instead."""

    uncovered: Region | None
    redundant: tuple[Needless, ...]
    unreachable: tuple[tuple[Rule, Rule | None], ...]
    ties: tuple[Tie, ...]
    overlaps: tuple[Overlap, ...]

    @property
    def holds(self) -> bool:
        """Whether all mail is taken, every rule matters, and no spelling decides. Overlaps are no fault."""
        return not (self.uncovered or self.redundant or self.unreachable or self.ties)


def proof(program: Program) -> Proof:
    """All there is to prove about one program. A rule that never wins is not called redundant, too."""
    unreachable = shadowed(program)
    never = {id(rule) for rule, _ in unreachable}
    return Proof(
        uncovered(program.rules.sorts),
        tuple(each for each in redundant(program) if id(each.rule) not in never),
        unreachable,
        ties(program),
        tuple(_overlaps(program)),
    )


def _overlaps(program: Program) -> Iterator[Overlap]:
    """The `sort` rules of one scope that send what both take to different places."""
    pairs = chain.from_iterable(_pairs(View.of(program, scope), scope) for scope in program.sorts)
    for first, second in pairs:
        if set(first.targets) != set(second.targets) and (found := overlaps(first.pattern, second.pattern)):
            yield Overlap(first, second, found)


def _pairs(view: View, scope: str | None) -> Iterator[tuple[Rule, Rule]]:
    for first in sorted(view.sorts.rules, key=lambda each: each.pattern.rank):
        if (
            first.account == scope
            and not first.detail
            and ("*" in first.pattern.local.text or "*" in first.pattern.domain.text)
        ):
            for second in sorted(view.sorts.around(first.pattern), key=lambda each: each.pattern.rank):
                if (
                    second.account == scope
                    and not second.detail
                    and before(first, second)
                    and not _nested(first, second)
                ):
                    yield first, second


def _nested(one: Rule, other: Rule) -> bool:
    return within(one.pattern, other.pattern) or within(other.pattern, one.pattern)
