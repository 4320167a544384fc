"""password-too-long: a password does not fit into a line of the protocol."""

from collections.abc import Iterable

from sortlang.diagnostic import Diagnostic, warning
from sortlang.lint import Lint
from sortlang.program import Program

LONGEST = 255 - len("PASS \r\n")
"""Octets: a command has at most 255 with its line end (RFC 2449 §4)."""

HINT = "it works only where the server offers SASL, which may take it in a line of its own; choose a shorter one"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each password written out that `PASS` cannot carry; of others only the runner knows."""
    for account in program.accounts:
        if account.password.kind == "literal" and len(account.password.value.encode()) > LONGEST:
            message = f"the password has more than the {LONGEST} octets that `PASS` can carry"
            yield warning("password-too-long", message, account.password.span, HINT)


LINT = Lint("password-too-long", "a password does not fit into a line of the protocol", find)
