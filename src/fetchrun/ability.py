"""Ability: what a rules file may ask for, and cannot be carried out yet."""

from collections.abc import Iterator

from sortlang.program import Program
from sortlang.rules import Account

_PASSWORDS = ("env", "file", "command", "literal", "oauth")


def unable(program: Program) -> Iterator[str]:
    """A clause, after its `FILE:LINE`, for each wish that nobody here can fulfil; to run on would be to misdeliver."""
    for each in program.rules.transports:
        if each.kind != "maildir" and not each.detail:
            yield f"{each.span.place}: mail cannot be delivered by `{each.kind}` yet, only to a `maildir`"
    for account in program.accounts:
        if not account.disabled:
            yield from (f"{account.place(setting).place}: {clause}" for setting, clause in _unable(account))


def _unable(account: Account) -> Iterator[tuple[str, str]]:
    """The setting, and what of it cannot be done."""
    if account.oauth:
        yield "oauth", "there is no login by `oauth` yet"
    if account.auth != "auto":
        yield "auth", f"`auth {account.auth}` cannot be insisted on yet"
    if account.password.kind not in _PASSWORDS:
        yield "password", f"passwords cannot be read from a `{account.password.kind}` yet"
    if account.tls.pins:
        yield "tls", "certificates cannot be compared with a `tls pin` yet"
