"""Asking: what the program answers for one address, and why."""

from sortlang.address import Address
from sortlang.analysis.meet import single
from sortlang.analysis.outcome import outcome
from sortlang.analysis.view import View
from sortlang.mail.envelope import Envelope
from sortlang.mail.routing import answer, routes
from sortlang.program import Program, Route
from sortlang.rules import Account, Expectation, Rule


def asked(address: Address | None, program: Program, account: str | None) -> tuple[Route, ...]:
    """The answer for mail that comes in through the account; None: by the file's own rules."""
    through = box(program, account)
    if through is None:
        return (answer(address, program),)
    return routes(Envelope((address,) if address else (), ""), program, through)


def box(program: Program, account: str | None) -> Account | None:
    """The account of that name."""
    return next((each for each in program.accounts if each.name == account), None)


def beaten(
    address: Address | None, program: Program, expectation: Expectation, expected: tuple[str, ...]
) -> tuple[Rule | None, bool]:
    """The first of the less specific rules that says what was expected, and True; else the next best, and False."""
    place = single(address) if address else None
    _, *others = [*View.of(program, expectation.account).sorts.order(place)] or [None]
    instead = next((each for each in others if each and outcome(each, place) == set(expected)), None)
    return instead or next(iter(others), None), instead is not None
