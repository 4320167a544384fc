"""literal-password: a password stands in the file itself."""

from collections.abc import Iterable

from sortlang.diagnostic import Diagnostic, warning
from sortlang.lint import Lint
from sortlang.program import Program

HINT = "keep it elsewhere: `password file`, `env` or `command`"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each password written out."""
    for account in program.accounts:
        if account.password.kind == "literal":
            message = f'whoever reads this file reads the password of account "{account.name}"'
            yield warning("literal-password", message, account.password.span, HINT)
    for password in dict.fromkeys(each.access.password for each in program.rules.transports):
        if password and password.kind == "literal":
            message = "whoever reads this file reads the password of this transport"
            yield warning("literal-password", message, password.span, HINT)


LINT = Lint("literal-password", "a password stands in the file itself", find)
