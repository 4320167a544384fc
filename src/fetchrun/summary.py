"""A Summary: how one session went, for whoever asks afterwards."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fetchrun.condition import Backlog
from fetchrun.delivery.outcome import Deferred, Delivered, Discarded, Outcome, Quarantined
from fetchrun.listing import Entry
from fetchrun.trouble import Trouble
from sortlang.rules import Account


@dataclass(frozen=True, slots=True)
class Summary:
    """What one session did. `listed` messages lay there; `removed` the server was asked to delete and promised it;
    `left` are the reasons for which messages stayed, each as often as it was given; `trouble` is what ended it early.
    `backlog`: what lies there still and is ours to get; None: the session did not come so far as to know.
    """

    account: Account
    listed: int = 0
    outcomes: tuple[Outcome, ...] = ()
    removed: int = 0
    left: tuple[str, ...] = ()
    trouble: Trouble | None = None
    backlog: Backlog | None = None
    login_delay: int = 0
    """Seconds that the server wants between two logins (RFC 2449 §6.5)."""
    notices: tuple[str, ...] = ()
    """What an admin should know of this account, although nothing is wrong."""

    def count(self, kind: type[Outcome]) -> int:
        """How many messages ended like that."""
        return sum(isinstance(each, kind) for each in self.outcomes)

    @property
    def clean(self) -> bool:
        """Whether nothing is owed and nothing went wrong."""
        return self.trouble is None and not self.count(Deferred)

    def __str__(self) -> str:
        """One line: `66 listed, 64 delivered, 1 discarded, 1 left (over 25 MB)`."""
        counts = (
            (self.count(Delivered), "delivered"),
            (self.count(Discarded), "discarded"),
            (self.count(Quarantined), "in quarantine"),
            (self.count(Deferred), "deferred"),
            (self.removed, "removed from the server"),
        )
        said = [f"{self.listed} listed", *(f"{count} {word}" for count, word in counts if count)]
        return "; ".join([", ".join([*said, *_reasons(self.left)]), *self.notices])


@dataclass(slots=True)
class Tally:
    """A Summary in the making, filled while the session runs; it outlives whatever ends the session.

    `owed`: something was retrieved that is not delivered, so the server must keep it. `waiting`: what is ours to get
    and not yet delivered, and since when, Unix seconds; None: nobody knows yet.
    """

    account: Account
    listed: int = 0
    outcomes: tuple[Outcome, ...] = ()
    removed: int = 0
    left: list[str] = field(default_factory=list)
    trouble: Trouble | None = None
    owed: bool = False
    waiting: dict[Entry, float] | None = None
    login_delay: int = 0
    notices: tuple[str, ...] = ()

    def waits_no_more(self, entries: Iterable[Entry]) -> None:
        """These are dealt with."""
        for each in entries:
            if self.waiting is not None:
                self.waiting.pop(each, None)

    def summary(self) -> Summary:
        """How it went until now."""
        backlog = None if self.waiting is None else _backlog(self.waiting)
        done = (self.outcomes, self.removed, tuple(self.left))
        return Summary(self.account, self.listed, *done, self.trouble, backlog, self.login_delay, self.notices)


def _backlog(waiting: Mapping[Entry, float]) -> Backlog:
    if not waiting:
        return Backlog()
    oldest = min(waiting, key=lambda each: (waiting[each], each.number))
    return Backlog(len(waiting), sum(each.size for each in waiting), waiting[oldest], oldest.uid.hex())


def _reasons(left: Iterable[str]) -> Iterable[str]:
    return (f"{count} left ({reason})" for reason, count in Counter(left).most_common())
