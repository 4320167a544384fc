"""Coverage: the rules that no expectation pins down."""

from collections.abc import Iterable, Iterator, Sequence

from sortlang.analysis.meet import common
from sortlang.analysis.view import View
from sortlang.expectations.verdict import Verdict
from sortlang.expectations.wording import worded
from sortlang.gap import Coverage, Gap
from sortlang.program import Program
from sortlang.prove import reached, winning
from sortlang.rules import Expectation, Rule


def coverage(program: Program, verdicts: Iterable[Verdict]) -> Coverage:
    """An address or message reaches the rules that decide about it, `every` those that take a part of its pattern.

    `never` reaches none: it leaves open what they do.
    """
    seen = {_place(rule) for each in verdicts for rule in _reached(each, program)}
    rules = written(program)
    return Coverage(len(rules), tuple(_gap(rule, program) for rule in rules if _place(rule) not in seen))


def written(program: Program) -> Sequence[Rule]:
    """The rules that stand in the files, by place; none of those that `detail` adds."""
    rules = (*program.rules.sorts, *program.rules.lists, *program.rules.copies)
    return sorted((each for each in rules if not each.detail), key=_place)


def _reached(verdict: Verdict, program: Program) -> Iterator[Rule]:
    expectation = verdict.expectation
    if expectation.kind in ("address", "message"):
        yield from verdict.rules
    elif expectation.kind == "every":
        yield from _within(expectation, program)


def _within(expectation: Expectation, program: Program) -> Iterator[Rule]:
    """The rules that win somewhere in the pattern, and the copies that take a part of it."""
    assert expectation.pattern
    yield from winning(program, expectation.pattern, expectation.account)
    copies = View.of(program, expectation.account).copies
    for rule in (*copies.around(expectation.pattern), *copies.order(expectation.pattern)):
        if common(expectation.pattern, rule.pattern):
            yield rule


def _gap(rule: Rule, program: Program) -> Gap:
    region = reached(program, rule) if rule.kind != "list" else None
    return Gap(rule, region, worded(region.witness, program, rule.account) if region else "")


def _place(rule: Rule) -> tuple[str, int]:
    return rule.span.source.name, rule.span.start
