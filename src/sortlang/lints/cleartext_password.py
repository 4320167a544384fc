"""cleartext-password: a password crosses the network unencrypted."""

from collections.abc import Iterable

from sortlang.diagnostic import Diagnostic, warning
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.values.host import is_loopback

HINT = "write `tls required`, or `tls starttls` when the server has no port 995"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each `tls off`, unless the server is this machine."""
    for account in program.accounts:
        if account.tls.mode == "off" and not account.disabled and not is_loopback(account.server):
            message = f"the password goes to {account.server} in the clear"
            yield warning("cleartext-password", message, account.place("tls"), HINT)


LINT = Lint("cleartext-password", "a password crosses the network unencrypted", find)
