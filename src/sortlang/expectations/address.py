"""`expect A -> T`: where mail for one address goes."""

from sortlang.expectations.asking import asked, beaten
from sortlang.expectations.verdict import Read, Verdict, deciding, named, places
from sortlang.program import Program
from sortlang.rules import Expectation


def judge(expectation: Expectation, program: Program, read: Read) -> Verdict:
    """Holds if the mail goes to all the targets and nowhere else, `sort` and `copy` together."""
    address, expected = expectation.address, named(expectation.targets)
    routes = asked(address, program, expectation.account)
    got, rules = places(routes), deciding(routes)
    if got == expected:
        return Verdict(expectation, True, expected, got, rules)
    other, instead = beaten(address, program, expectation, expected)
    return Verdict(expectation, False, expected, got, rules, other, instead)
