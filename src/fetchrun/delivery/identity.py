"""What tells one mail from another: a hash of body and non-trace fields."""

import hashlib
from collections.abc import Iterable

from sortlang.mail.message import HEAD_LIMIT, Field, fields, head_end
from sortlang.rules import DAY, Account

REMEMBERED = 7 * DAY
"""Seconds for which a mail is remembered where the rules do not say how long."""


def remembered(account: Account, guessed: bool) -> float:
    """For how many seconds a mail of the account's is known again, so that a second copy is dropped; 0: never.

    Where a host says whom each copy is for, only the admin can tell that one of them is too many.
    """
    if account.duplicates is None:
        return REMEMBERED if guessed else 0.0
    return account.duplicates


def longest(accounts: Iterable[Account]) -> float:
    """For how many seconds the memory must reach back for all of them."""
    return max((remembered(each, guessed=True) for each in accounts), default=REMEMBERED)


class Identity:
    """Takes a message in chunks of any size; `digest` is the same for each copy of it that a provider stores.

    Never the Message-ID alone: who knows it could have somebody's mail dropped as a copy, by sending his own first.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._head: bytearray | None = bytearray()

    def update(self, chunk: bytes) -> None:
        """The next bytes, dot-unstuffed. Holds the header until it is whole, never the body."""
        if self._head is None:
            self._hash.update(chunk)
            return
        seen = len(self._head)
        self._head += chunk
        end = head_end(self._head, seen)
        if end >= 0 or len(self._head) > HEAD_LIMIT:
            self._close(min(end, HEAD_LIMIT) if end >= 0 else HEAD_LIMIT)

    def digest(self) -> bytes:
        """32 bytes, after the last chunk."""
        if self._head is not None:
            self._close(len(self._head))
        return self._hash.digest()

    def _close(self, end: int) -> None:
        head, rest = bytes((self._head or b"")[:end]), bytes((self._head or b"")[end:])
        self._head = None
        for each in fields(head):
            if not is_trace(each):
                self._hash.update(each.name + b":" + each.value + b"\n")
        self._hash.update(b"\n" + rest)


def is_trace(field: Field) -> bool:
    """Whether a host on the way wrote the field, so that it may differ from copy to copy of one mail."""
    return field.name in _TRACE or field.name.startswith(_TRACE_STARTS)


_TRACE = frozenset(
    (
        b"received",
        b"x-received",
        b"received-spf",
        b"return-path",
        b"delivered-to",
        b"x-original-to",
        b"x-gm-original-to",
        b"x-delivered-to",
        b"envelope-to",
        b"x-envelope-to",
        b"x-rcpt-to",
        b"x-rcptto",
        b"delivery-date",
        b"authentication-results",
        b"status",
        b"x-status",
        b"x-keywords",
        b"x-uid",
        b"x-uidl",
        b"content-length",
        b"lines",
    )
)
_TRACE_STARTS = (b"x-fetchrun", b"x-spam-", b"x-virus-", b"arc-", b"x-ms-exchange-", b"x-google-")
