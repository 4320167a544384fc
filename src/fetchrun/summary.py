"""A Summary: how one session went, for whoever asks afterwards."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fetchrun.condition import Backlog
from fetchrun.delivery.copies import Copy, Fate
from fetchrun.delivery.outcome import Deferred, Delivered, Discarded, Outcome, Quarantined
from fetchrun.listing import Entry
from fetchrun.trouble import Trouble
from sortlang.frozen import frozen
from sortlang.rules import Account


@frozen
class Way:
    """Where a copy went and why: to whom, or its fate; the end of its place; the header and the rule that said so."""

    addresses: tuple[str, ...]
    fate: Fate
    end: str
    source: str
    rule: str

    @staticmethod
    def of(copy: Copy) -> "Way":
        """That of a copy."""
        return Way(copy.addresses, copy.fate, copy.place.end, copy.source, copy.rule)


@frozen
class Counts:
    """What became of messages, in numbers: one by one they stand in the ledger, and there may be 100,000 of them.

    `kinds` of outcomes, `reasons` of those that are deferred; `ways` of their copies, `doubles` among them.
    """

    kinds: Counter[type[Outcome]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    ways: Counter[Way] = field(default_factory=Counter)
    doubles: Counter[Way] = field(default_factory=Counter)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Some more. Most share a few copies, as one envelope gave them."""
        ways: dict[int, Way] = {}
        for outcome in outcomes:
            self.kinds[type(outcome)] += 1
            if isinstance(outcome, Deferred):
                self.reasons[outcome.reason] += 1
            for each in outcome.deposits:
                way = ways.get(id(each.copy)) or ways.setdefault(id(each.copy), Way.of(each.copy))
                self.ways[way] += 1
                if each.note == "duplicate":
                    self.doubles[way] += 1


@frozen
class Summary:
    """What one session did. `listed` messages lay there; `removed` the server was asked to delete and promised it;
    `left`: for which reasons messages stayed, and how many for each; `trouble` is what ended it early.
    `backlog`: what lies there still and is ours to get; None: the session did not come so far as to know.
    """

    account: Account
    listed: int = 0
    counts: Counts = field(default_factory=Counts)
    removed: int = 0
    left: Counter[str] = field(default_factory=Counter)
    trouble: Trouble | None = None
    backlog: Backlog | None = None
    login_delay: int = 0
    """Seconds that the server wants between two logins (RFC 2449 §6.5)."""
    notices: tuple[str, ...] = ()
    """What an admin should know of this account, although nothing is wrong."""

    @property
    def settled(self) -> int:
        """How many messages came, whatever became of them."""
        return self.counts.kinds.total()

    @property
    def clean(self) -> bool:
        """Whether nothing is owed and nothing went wrong."""
        return self.trouble is None and not self.counts.kinds[Deferred]

    def __str__(self) -> str:
        """One line: `66 listed, 64 delivered, 1 discarded, 1 left (over 25 MB)`; not what the trouble is."""
        if self.trouble and not self.listed:
            return "could not be asked"
        counts = [(self.counts.kinds[kind], word) for kind, word in _WORDS.items()]
        counts.append((self.removed, "removed from the server"))
        said = [f"{self.listed} listed", *(f"{count} {word}" for count, word in counts if count)]
        said += [f"{count} left ({reason})" for reason, count in self.left.most_common()]
        said += ["broken off"] if self.trouble else []
        return "; ".join([", ".join(said), *self.notices])


@dataclass(slots=True)
class Tally:
    """A Summary in the making, filled while the session runs; it outlives whatever ends the session.

    `owed`: something was retrieved that is not delivered, so the server must keep it. `waiting`: what is ours to get
    and not yet delivered, and since when, Unix seconds; None: nobody knows yet.
    """

    account: Account
    listed: int = 0
    counts: Counts = field(default_factory=Counts)
    removed: int = 0
    left: Counter[str] = field(default_factory=Counter)
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
        done = (self.counts, self.removed, self.left)
        return Summary(self.account, self.listed, *done, self.trouble, backlog, self.login_delay, self.notices)


def _backlog(waiting: Mapping[Entry, float]) -> Backlog:
    if not waiting:
        return Backlog()
    oldest = min(waiting, key=lambda each: (waiting[each], each.number))
    return Backlog(len(waiting), sum(each.size for each in waiting), waiting[oldest], oldest.uid.hex())


_WORDS: dict[type[Outcome], str] = {
    Delivered: "delivered",
    Discarded: "discarded",
    Quarantined: "in quarantine",
    Deferred: "deferred",
}
