"""The dispatch: every receiving end, and which of them rest for now."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.load import Load
from fetchrun.delivery.outcome import patience
from fetchrun.delivery.places import Kind, Place
from fetchrun.delivery.receiver import Receiver
from fetchrun.delivery.target import Unusable
from fetchrun.delivery.verdict import Verdict
from fetchrun.memory.records import Staged
from sortlang.frozen import frozen


def _lmtp(place: Place) -> Receiver:
    from fetchrun.delivery.targets.lmtp import Lmtp  # each is imported when the first message goes there

    return Lmtp(place)


def _smtp(place: Place) -> Receiver:
    from fetchrun.delivery.targets.smtp import Smtp

    return Smtp(place)


def _pipe(place: Place) -> Receiver:
    from fetchrun.delivery.targets.pipe import Pipe

    return Pipe(place.arguments)


RECEIVERS: dict[Kind, Callable[[Place], Receiver]] = {"lmtp": _lmtp, "smtp": _smtp, "pipe": _pipe}


@frozen
class _Rest:
    failures: int
    until: float
    why: str


class Dispatch:
    """Hands mail on. An end that takes nothing, be it a Maildir, is left alone for 1, 2, 4 … 60 minutes; the others go
    on.

    To be used by one thread at a time for each `trip`.
    """

    def __init__(self, receivers: dict[Kind, Callable[[Place], Receiver]] | None = None) -> None:
        self._receivers = receivers or RECEIVERS
        self._rests: dict[str, _Rest] = {}
        self._late: list[Staged] = []
        self._lock = Lock()

    @contextmanager
    def trip(self, now: float) -> Iterator["Trip"]:
        """Connections that are made in the block serve all its messages and end with it."""
        made = Trip(self, now)
        try:
            yield made
        finally:
            made.close()

    def resting(self, end: str, now: float) -> str:
        """Why the end is left alone now; empty: it is not."""
        rest = self._rests.get(end)
        return rest.why if rest and now < rest.until else ""

    def took(self, end: str) -> None:
        """The end is well again."""
        self._rests.pop(end, None)

    def refused(self, end: str, why: str, now: float) -> None:
        """The end takes nothing at all; the next try is later each time."""
        failures = self._rests[end].failures + 1 if end in self._rests else 1
        self._rests[end] = _Rest(failures, now + patience(failures + 1), why)

    def put_by(self, staged: Iterable[Staged]) -> None:
        """Promised copies whose Maildir did not let them in: nobody works on them any more."""
        with self._lock:
            self._late.extend(staged)

    def late(self, now: float) -> tuple[Staged, ...]:
        """Takes those whose Maildir does not rest, for another try."""
        with self._lock:
            found = tuple(each for each in self._late if not self.resting(str(each.maildir), now))
            self._late = [each for each in self._late if each not in found]
            return found

    def forgive(self) -> None:
        """No end rests any more."""
        self._rests.clear()

    def receiver(self, place: Place) -> Receiver:
        """Whoever takes mail over for the place."""
        return self._receivers[place.kind](place)


class Trip:
    """Several messages handed on, one after the other."""

    def __init__(self, dispatch: Dispatch, now: float) -> None:
        self._dispatch, self._now = dispatch, now
        self._open: dict[str, Receiver] = {}

    def hand(self, load: Load, copies: Sequence[Copy]) -> Iterator[Verdict]:
        """As a Receiver does it, but an end that takes nothing is a Verdict too."""
        end = copies[0].place.door
        left = {id(each): each for each in copies}
        try:
            if why := self._dispatch.resting(end, self._now):
                raise Unusable(why)
            for verdict in self._receiver(copies[0].place).hand(load, copies):
                del left[id(verdict.copy)]
                yield verdict
            self._dispatch.took(end)
        except Unusable as why:
            if not self._dispatch.resting(end, self._now):
                self._dispatch.refused(end, why.sentence, self._now)
            yield from (Verdict(each, "deferred", why.sentence) for each in left.values())

    def close(self) -> None:
        """Says goodbye everywhere."""
        for each in self._open.values():
            each.close()
        self._open.clear()

    def _receiver(self, place: Place) -> Receiver:
        if place.door not in self._open:
            self._open[place.door] = self._dispatch.receiver(place)
        return self._open[place.door]
