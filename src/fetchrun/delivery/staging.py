"""Staging: a message streams into `tmp/`, chunk by chunk."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from fetchrun.delivery import durable
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.target import Unusable, ending
from fetchrun.delivery.targets.maildir import Draft, draft, file_name, withdraw
from fetchrun.trouble import Trouble

_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message that has come whole. `draft` is its first copy, `first`, in `tmp/`; `rest` are to be copied from it.

    `sha256` and `octets` are of the message as stored, without our own lines; `refused` are the copies whose Maildir
    cannot be used.
    """

    letter: Letter
    first_seen: float
    kept: bool
    sha256: bytes
    octets: int
    identity: bytes | None
    draft: Draft | None
    first: Copy | None
    rest: tuple[Copy, ...]
    refused: tuple[tuple[Copy, str], ...]


class Staging:
    """A message on its way into `tmp/`, chunk by chunk. Ended by `finish` or `abandon`."""

    def __init__(self, letter: Letter, copies: Sequence[Copy], first_seen: float, kept: bool) -> None:
        """See `begin`."""
        self._about = (letter, first_seen, kept)
        self._draft: Draft | None = None
        self._first: Copy | None = None
        self._refused: list[tuple[Copy, str]] = []
        self._rest = list(copies)
        self._pending = bytearray()
        self._return = b""
        self._octets = 0
        self._hash = hashlib.sha256()
        self._open(letter, first_seen)

    def write(self, chunk: bytes) -> None:
        """The next bytes of the message, as they came: CRLF becomes LF, a lone CR stays. Raises Trouble."""
        data = self._return + chunk
        self._return = b"\r" if data.endswith(b"\r") else b""
        self._store(data[: len(data) - len(self._return)].replace(b"\r\n", b"\n"))

    def finish(self, identity: bytes | None = None) -> Parcel:
        """The message has come whole. `identity`: what its duplicates share; None: it has none. Raises Trouble."""
        self._store(self._return)
        self._flush()
        self._check()
        letter, first_seen, kept = self._about
        content = (self._hash.digest(), self._octets, identity)
        return Parcel(
            letter, first_seen, kept, *content, self._draft, self._first, tuple(self._rest), tuple(self._refused)
        )

    def abandon(self) -> None:
        """The rest will not come: what was written is removed."""
        if self._draft:
            withdraw(self._draft)
            self._draft = None

    def _open(self, letter: Letter, first_seen: float) -> None:
        """The first copy whose Maildir can be used; without any the bytes go nowhere and the message is deferred."""
        while self._rest and not self._draft:
            copy = self._rest.pop(0)
            try:
                self._draft = draft(copy.maildir, file_name(letter, copy.maildir, first_seen))
                self._first = copy
                self._pending += copy.stamp
            except Unusable as why:
                self._refused.append((copy, why.sentence))

    def _store(self, data: bytes) -> None:
        self._hash.update(data)
        self._octets += len(data)
        if self._draft:
            self._pending += data
            if len(self._pending) >= _BLOCK:
                self._flush()

    def _flush(self) -> None:
        if self._draft and self._pending:
            try:
                durable.write(self._draft.file, self._pending)
            except OSError as error:
                raise self._ended(error) from error
            self._pending = bytearray()

    def _check(self) -> None:
        if self._draft and self._first:
            try:
                durable.confirm(self._draft.file, len(self._first.stamp) + self._octets)
            except OSError as error:
                raise self._ended(error) from error

    def _ended(self, error: OSError) -> Trouble:
        where = self._draft.maildir if self._draft else "nowhere"
        self.abandon()
        return ending(error, where)
