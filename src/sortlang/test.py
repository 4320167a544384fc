"""Test: Program → Verdicts, one for each `expect`."""

from collections.abc import Mapping
from functools import lru_cache

from sortlang.expectations import address, every, message, never
from sortlang.expectations.verdict import Judge, Read, Verdict
from sortlang.program import Program
from sortlang.rules import Expectation

JUDGES: Mapping[str, Judge] = {
    "address": address.judge,
    "message": message.judge,
    "every": every.judge,
    "never": never.judge,
}


def test(program: Program, read: Read) -> tuple[Verdict, ...]:
    """A verdict for each expectation, in the order of the files."""
    once = lru_cache(maxsize=None)(read)
    return tuple(judge(each, program, once) for each in sorted(program.rules.expectations, key=_place))


def judge(expectation: Expectation, program: Program, read: Read) -> Verdict:
    """The verdict on one expectation."""
    return JUDGES[expectation.kind](expectation, program, read)


def _place(expectation: Expectation) -> tuple[str, int]:
    return expectation.span.source.name, expectation.span.start
