"""cleartext-password: a password crosses the network unencrypted."""

from collections.abc import Iterable

from sortlang.diagnostic import Diagnostic, warning
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.rules import Transport
from sortlang.values.host import is_loopback

HINT = "write `tls required`, or `tls starttls` when the server has no port 995"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each `tls off`, unless the server is this machine."""
    for account in program.accounts:
        if account.tls.mode == "off" and not account.disabled and not is_loopback(account.server):
            message = f"the password goes to {account.server} in the clear"
            yield warning("cleartext-password", message, account.place("tls"), HINT)
    yield from dict.fromkeys(each for transport in program.rules.transports for each in _handed_on(transport))


def _handed_on(transport: Transport) -> Iterable[Diagnostic]:
    where, tls = transport.arguments[0], transport.access.tls
    host = where.rpartition(":")[0].strip("[]")
    if transport.access.user and tls and tls.mode == "off" and not where.startswith("unix:") and not is_loopback(host):
        assert tls.span
        message = f"the password goes to {host} in the clear"
        yield warning("cleartext-password", message, tls.span, "leave `tls off` out, or write `tls required`")


LINT = Lint("cleartext-password", "a password crosses the network unencrypted", find)
