"""Staging: a message streams into `tmp/`, chunk by chunk."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.identity import REMEMBERED
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.target import Unusable, ending
from fetchrun.delivery.targets.maildir import Draft, draft, file_name, withdraw
from fetchrun.trouble import Trouble

_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message that has come whole. `draft` is its first copy, `first`, in `tmp/`; `rest` are to be made from it.

    `sha256` and `octets` are of the message as stored, without our own lines; `file` holds it, behind as many octets as
    the stamp of `first` has: that of `draft`, or a nameless one. `refused` are the copies whose Maildir cannot be used;
    `fallback` those to be made if the other side refuses one for good. `remembered`: for how many seconds a mail of the
    same `identity` counts as a copy of this one.
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
    file: FileIO | None = None
    fallback: tuple[Copy, ...] = ()
    spool: Path | None = None
    remembered: float = REMEMBERED

    @property
    def copies(self) -> tuple[Copy, ...]:
        """Those that are to be made, but for the refused ones."""
        return (self.first, *self.rest) if self.first else self.rest

    @property
    def offset(self) -> int:
        """Where the message begins in `file`."""
        return len(self.first.stamp) if self.first else 0


class Staging:
    """A message on its way into `tmp/`, chunk by chunk. Ended by `finish` or `abandon`."""

    def __init__(
        self,
        letter: Letter,
        copies: Sequence[Copy],
        first_seen: float,
        kept: bool,
        fallback: tuple[Copy, ...] = (),
        spool: Path | None = None,
    ) -> None:
        """See `begin`."""
        self._about = (letter, first_seen, kept)
        self._fallback, self._spool = fallback, spool
        self._file: FileIO | None = None
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

    def finish(self, identity: bytes | None = None, remembered: float = REMEMBERED) -> Parcel:
        """The message has come whole. `identity`: what its duplicates of the last `remembered` seconds share; None: it
        has none. Raises Trouble.
        """
        self._store(self._return)
        self._flush()
        self._check()
        letter, first_seen, kept = self._about
        content = (self._hash.digest(), self._octets, identity)
        return Parcel(
            *(letter, first_seen, kept, *content),
            draft=self._draft,
            first=self._first,
            rest=tuple(self._rest),
            refused=tuple(self._refused),
            file=self._file,
            fallback=self._fallback,
            spool=self._spool,
            remembered=remembered,
        )

    def abandon(self) -> None:
        """The rest will not come: what was written is removed."""
        if self._draft:
            withdraw(self._draft)
        elif self._file:
            self._file.close()
        self._draft = self._file = None

    def _open(self, letter: Letter, first_seen: float) -> None:
        """The first copy whose Maildir can be used; without any a nameless file, if mail is to be handed on.

        Without that too the bytes go nowhere and the message is deferred.
        """
        for copy in [each for each in self._rest if each.place.maildir]:
            self._rest.remove(copy)
            try:
                self._draft = draft(copy.maildir, file_name(letter, copy.maildir, first_seen))
            except Unusable as why:
                self._refused.append((copy, why.sentence))
                continue
            self._first, self._file = copy, self._draft.file
            self._pending += copy.stamp
            return
        if self._rest:
            self._nameless()

    def _nameless(self) -> None:
        try:
            self._file = durable.nameless(self._spool)
        except OSError as error:
            raise self._ended(error) from error

    def _store(self, data: bytes) -> None:
        self._hash.update(data)
        self._octets += len(data)
        if self._file:
            self._pending += data
            if len(self._pending) >= _BLOCK:
                self._flush()

    def _flush(self) -> None:
        if self._file and self._pending:
            try:
                durable.write(self._file, self._pending)
            except OSError as error:
                raise self._ended(error) from error
            self._pending = bytearray()

    def _check(self) -> None:
        if self._file:
            try:
                durable.confirm(self._file, (len(self._first.stamp) if self._first else 0) + self._octets)
            except OSError as error:
                raise self._ended(error) from error

    def _ended(self, error: OSError) -> Trouble:
        where = self._draft.maildir if self._draft else self._spool or "a nameless file"
        self.abandon()
        return ending(error, where)
