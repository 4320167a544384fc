"""Staging: a message streams into `tmp/`, chunk by chunk."""

import hashlib
import re
from collections.abc import Callable, Sequence
from io import FileIO
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.identity import REMEMBERED
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.target import Unusable, ending, fault, spared
from fetchrun.delivery.targets.maildir import Draft, draft, file_name, withdraw
from fetchrun.trouble import Trouble
from sortlang.frozen import frozen

SMALL, _BLOCK = 1 << 16, 1 << 18


@frozen
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
    """A message on its way into `tmp/`, chunk by chunk. Ended by `finish` or `abandon`.

    `held`: how many octets of it are in memory. Up to SMALL all are, until `finish`, which may be called in a thread.
    """

    def __init__(
        self,
        letter: Letter,
        copies: Sequence[Copy],
        first_seen: float,
        kept: bool,
        fallback: tuple[Copy, ...] = (),
        spool: Path | None = None,
        resting: Callable[[str], str] = lambda end: "",
    ) -> None:
        """See `begin`."""
        self._about = (letter, first_seen, kept)
        self._fallback, self._spool, self._resting = fallback, spool, resting
        self._file: FileIO | None = None
        self._draft: Draft | None = None
        self._first: Copy | None = None
        self._refused: list[tuple[Copy, str]] = []
        self._rest = list(copies)
        self._opened = False
        self._pending = bytearray()
        self._return = b""
        self._octets = 0
        self._written = 0
        self._hash = hashlib.sha256()
        self._identity: tuple[bytes | None, float] = (None, REMEMBERED)

    @property
    def held(self) -> int:
        return len(self._pending)

    @property
    def octets(self) -> int:
        """Of the message as it is stored, so far."""
        return self._octets

    def write(self, chunk: bytes) -> None:
        """The next bytes of the message, as they came: CRLF becomes LF, a lone CR stays. Raises Trouble."""
        data = self._return + chunk
        self._return = b"\r" if data.endswith(b"\r") else b""
        self._store(_with_lf(data[: len(data) - len(self._return)]))

    def identify(self, identity: bytes | None, remembered: float) -> None:
        """What the message's duplicates of the last `remembered` seconds share; None, and not being told: nothing."""
        self._identity = identity, remembered

    def finish(self) -> Parcel:
        """The message has come whole. Raises Trouble."""
        self._store(self._return)
        self._flush()
        self._check()
        letter, first_seen, kept = self._about
        identity, remembered = self._identity
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

    def _open(self) -> None:
        """The first copy whose Maildir can be used; without any a nameless file, if mail is to be handed on.

        Without that too the bytes go nowhere and the message is deferred. Raises Trouble.
        """
        if not self._opened:
            self._hash.update(self._pending)
        self._opened = True
        letter, first_seen, _ = self._about
        for copy in [each for each in self._rest if each.place.maildir]:
            self._rest.remove(copy)
            try:
                if why := self._resting(copy.place.end):
                    raise Unusable(why)
                self._draft = draft(copy.maildir, file_name(letter, copy.maildir, first_seen))
            except Unusable as unusable:
                self._refused.append((copy, spared(unusable, self._spool)))
                continue
            self._first, self._file = copy, self._draft.file
            self._pending[:0] = copy.stamp
            return
        if self._rest:
            self._nameless()

    def _nameless(self) -> None:
        try:
            self._file = durable.nameless(self._spool)
        except OSError as error:
            raise ending(error, self._spool or "a nameless file") from error

    def _store(self, data: bytes) -> None:
        if self._opened:
            self._hash.update(data)
        self._octets += len(data)
        if self._file or not self._opened:
            self._pending += data
            if len(self._pending) >= (_BLOCK if self._opened else SMALL):
                self._flush()

    def _flush(self) -> None:
        if not self._opened:
            self._open()
        while self._file and self._pending:
            try:
                durable.write(self._file, self._pending)
                self._written += len(self._pending)
                self._pending = bytearray()
            except OSError as error:
                self._move_on(error)

    def _move_on(self, error: OSError) -> None:
        """The disk takes no more of the first copy: what is there of the message goes to the next. Raises Trouble."""
        failed, offset = self._draft, len(self._first.stamp) if self._first else 0
        octets = max(0, self._written - offset)
        pending = self._pending if self._written else self._pending[offset:]
        self._refuse(error)
        assert failed
        try:
            while self._file and not self._taken_over(failed, offset, octets):
                pass
        finally:
            withdraw(failed)
        self._pending += pending if self._file else b""

    def _taken_over(self, failed: Draft, offset: int, octets: int) -> bool:
        """Whether the file begins as the failed one did, behind its own stamp. If not, the next one is open now."""
        assert self._file
        fresh = self._draft
        try:
            durable.write(self._file, self._pending)
            durable.append(failed.file, offset, self._file, octets)
        except OSError as error:
            self._refuse(error)
            if fresh:
                withdraw(fresh)
            return False
        self._written, self._pending = len(self._pending) + octets, bytearray()
        return True

    def _refuse(self, error: OSError) -> None:
        """The first copy is refused and the next one opened. Raises Trouble where the disk at fault is ours."""
        try:
            if not self._draft or not self._first:
                raise ending(error, self._spool or "a nameless file")
            why = spared(fault(error, "write to", self._draft.maildir), self._spool)
        except Trouble:
            self.abandon()
            raise
        self._refused.append((self._first, why))
        self._draft = self._first = self._file = None
        self._written, self._pending = 0, bytearray()
        self._open()

    def _check(self) -> None:
        """A disk that has not what it was given: the message is nowhere, and no copy can be made of it."""
        try:
            if self._file:
                durable.confirm(self._file, self._written)
        except OSError as error:
            draft, rest, self._rest = self._draft, self._rest, []
            self._refuse(error)
            if draft:
                withdraw(draft)
            self._refused += [(each, self._refused[-1][1]) for each in rest]


_LONE = re.compile(rb"\r(?!\n)")


def _with_lf(data: bytes) -> bytes:
    """Each CRLF as LF. Where no CR stands alone that is to take all of them out, in half the time."""
    return data.replace(b"\r\n", b"\n") if _LONE.search(data) else data.replace(b"\r", b"")
