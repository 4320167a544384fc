"""Accounts for tests, without a rules file."""

from typing import Any, Literal

from sortlang.rules import Account, Password, Tls
from sortlang.source import Source, Span

NOWHERE = Span(Source("test.sort", ""), 0, 0)

Mode = Literal["required", "starttls", "off"]


def account(port: int, *, tls: Mode = "off", ca: object = None, **more: Any) -> Account:
    """The account `test` of anna, with the password `secret`, on localhost."""
    fields: dict[str, Any] = {
        "name": "test",
        "server": "localhost",
        "user": "anna",
        "password": Password("literal", "secret", span=NOWHERE),
        "timeout": 20.0,
        "span": NOWHERE,
    }
    return Account(port=port, tls=Tls(tls, ca=None if ca is None else str(ca)), **{**fields, **more})
