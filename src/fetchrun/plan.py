"""Plan: exactly one decision for every entry of a listing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf

from fetchrun.delivery.outcome import MAX_PATIENCE
from fetchrun.listing import Entry
from fetchrun.memory.records import Known
from sortlang.frozen import frozen
from sortlang.rules import Account

POISONED = 5
FULL = "over the limit of this session"
PROMISED = "delivered; the server promised before to remove it"
ADOPTED = "there before the first poll"
KEPT = "delivered, and a rule says keep"
YOUNG = "delivered, kept for now"
_FEW = 20


@frozen
class Retrieve:
    """Get it, as this generation of its uid; `first_seen` in Unix seconds, at a retry the same as before.

    `failures`: tries in a row that came to nothing.
    """

    entry: Entry
    generation: int
    first_seen: float
    failures: int = 0


@frozen
class Remove:
    """Ask the server to delete it: everything is delivered."""

    entry: Entry
    why: str
    generation: int


@frozen
class Leave:
    """Let it lie. `adopt`: from now on it counts as having been there before us.

    `since`: it is ours to get and waits, since then as far as we know, Unix seconds; None: it is to lie there. `until`:
    when that may be another decision, although nothing changes on the server, Unix seconds; 0: at once.
    """

    entry: Entry
    why: str
    adopt: bool = False
    since: float | None = None
    until: float = 0.0


@frozen
class Examine:
    """Cannot be told without its header: TOP, then plan again with the `head` and `received` of the entry filled in."""

    entry: Entry
    why: str


Decision = Retrieve | Remove | Leave | Examine
Content = tuple[bytes, int]
"""The hash of a header, and a size: what tells messages with the same uid apart."""


@frozen
class _Circumstances:
    account: Account
    digest: str
    now: float
    first_poll: bool
    lost: frozenset[bytes]
    """The heads of what vanished, if most uids did so at once."""


def plan(
    listing: Sequence[Entry], known: Mapping[bytes, Known], account: Account, digest: str, now: float, first_poll: bool
) -> tuple[Decision, ...]:
    """One decision per entry, in their order. Nothing is removed but what `known` has as done.

    `known` holds what is remembered of these uids and of all that are not yet gone, `digest` is that of the program in
    force, `now` in Unix seconds, `first_poll`: no listing of this maildrop was ever dealt with.
    """
    around = _Circumstances(account, digest, now, first_poll, _lost(listing, known))
    return _limited(list(_decided(listing, known, around)), account)


def in_turn(decisions: Iterable[Decision]) -> list[Retrieve]:
    """What is to be retrieved, in this order: what failed before comes last, so that nothing ever waits behind it."""
    return sorted((each for each in decisions if isinstance(each, Retrieve)), key=lambda each: each.failures > 0)


def _decided(listing: Sequence[Entry], known: Mapping[bytes, Known], around: _Circumstances) -> Iterator[Decision]:
    twins = {uid for uid, count in Counter(entry.uid for entry in listing).items() if count > 1}
    taken: dict[bytes, dict[Content, int]] = {uid: {} for uid in twins}
    for entry in listing:
        if entry.uid in twins:
            yield _twin(entry, known.get(entry.uid), taken[entry.uid], around)
        else:
            yield _single(entry, known.get(entry.uid), around)


def _limited(decisions: Sequence[Decision], account: Account) -> tuple[Decision, ...]:
    """The first that does not fit ends it: what is retrieved is the head of what could be. One always fits."""
    octets, full = 0, set[Decision]()
    for messages, each in enumerate(in_turn(decisions), 1):
        octets += each.entry.size
        too_large = octets > (account.limit_bytes or octets) and messages > 1
        if too_large or messages > (account.limit_messages or messages):
            full.add(each)
    if not full:
        return tuple(decisions)
    return tuple(
        Leave(each.entry, FULL, since=each.first_seen) if isinstance(each, Retrieve) and each in full else each
        for each in decisions
    )


def _single(entry: Entry, last: Known | None, around: _Circumstances) -> Decision:
    """The only entry of its uid."""
    if last is None:
        return _unknown(entry, 1, around)
    doubt = _doubt(entry, last)
    if doubt:
        return Examine(entry, doubt)
    if entry.nameless and last.gone is not None and last.state == "done":
        return _fresh(entry, last.generation + 1, around)
    match = next((each for each in (last, *last.older) if _same(entry, each)), None)
    return _again(entry, match, around) if match else _fresh(entry, last.generation + 1, around)


def _twin(entry: Entry, last: Known | None, taken: dict[Content, int], around: _Circumstances) -> Decision:
    """One of several entries with the same uid (RFC 1939 §7 lets a server do that): told apart by header and size.

    `taken`: those that are to be retrieved, as which generation. What is remembered stands for one message of them.
    """
    if entry.head is None:
        return Examine(entry, "its uid is listed twice")
    memory = (last, *last.older) if last else ()
    free = [each for each in memory if each.generation not in taken.values()]
    match = next((each for each in sorted(free, key=_vague) if _same(entry, each) and entry.size == each.size), None)
    generation = max((0, *(each.generation for each in memory), *taken.values())) + 1
    decision = _again(entry, match, around) if match else _fresh(entry, generation, around)
    if isinstance(decision, Retrieve):
        if (entry.head, entry.size) in taken:
            return Leave(entry, "listed twice")
        taken[entry.head, entry.size] = decision.generation
    return decision


def _vague(known: Known) -> bool:
    return known.head is None


def _doubt(entry: Entry, last: Known) -> str:
    """Why a known uid may now name another message; empty: it does not, or the header has answered it."""
    if entry.head is not None or last.head is None:
        return ""
    if last.gone is not None:
        return "its uid was gone and is back"
    if last.asked is not None:
        return "the server promised to remove it and lists its uid again"
    return "its uid is known with another size" if entry.size != last.size else ""


def _same(entry: Entry, known: Known) -> bool:
    if entry.head is not None and known.head is not None:
        return entry.head == known.head
    return entry.size == known.size


def _again(entry: Entry, known: Known, around: _Circumstances) -> Decision:
    """A message that we remember."""
    match known.state:
        case "done":
            return _done(entry, known, around)
        case "staged":
            return Leave(entry, "delivery is not complete yet", since=known.first_seen)
        case "adopted":
            return Leave(entry, ADOPTED, until=inf)
        case "kept" if known.digest == around.digest:
            return Leave(entry, "a rule says keep", until=inf)
        case "refused" if known.failures >= POISONED:
            return Leave(entry, f"the server refused it {POISONED} times", since=known.first_seen, until=inf)
        # A wait longer than any we impose is a clock that was set back.
        case "refused" | "deferred" if around.now < known.retry_at <= around.now + MAX_PATIENCE:
            return Leave(entry, "waits after a failure", since=known.first_seen, until=known.retry_at)
    return _wanted(entry, known.generation, known.first_seen, around, known.failures)


def _done(entry: Entry, known: Known, around: _Circumstances) -> Decision:
    if known.kept:
        return Leave(entry, KEPT, until=inf)
    if around.now - known.first_seen < around.account.keep:
        return Leave(entry, YOUNG, until=known.first_seen + around.account.keep)
    return Remove(entry, "delivered" if known.asked is None else PROMISED, known.generation)


def _unknown(entry: Entry, generation: int, around: _Circumstances) -> Decision:
    """A uid that we have never seen."""
    if not around.lost:
        return _fresh(entry, generation, around)
    if entry.head is None:
        return Examine(entry, "most uids have changed")
    if entry.head in around.lost:
        return Leave(entry, "known under another uid", adopt=True)
    return _fresh(entry, generation, around)


def _fresh(entry: Entry, generation: int, around: _Circumstances) -> Decision:
    start = around.account.start
    if not around.first_poll or start == "all":
        return _wanted(entry, generation, around.now, around)
    if start == "new":
        return Leave(entry, ADOPTED, adopt=True)
    if entry.head is None:
        return Examine(entry, "its age decides")
    if entry.received is not None and entry.received < around.now - start:
        return Leave(entry, "older than `start`", adopt=True)
    return _wanted(entry, generation, around.now, around)


def _wanted(entry: Entry, generation: int, first_seen: float, around: _Circumstances, failures: int = 0) -> Decision:
    bound = around.account.skip_over
    if bound is not None and entry.size > bound:
        return Leave(entry, "larger than `skip over`", until=inf)
    return Retrieve(entry, generation, first_seen, failures)


def _lost(listing: Sequence[Entry], known: Mapping[bytes, Known]) -> frozenset[bytes]:
    """The heads of what vanished, if that is most of a maildrop whose count has hardly changed: a server that moved."""
    present = [each for each in known.values() if each.gone is None]
    there = {entry.uid for entry in listing}
    vanished = [each for each in present if each.uid not in there]
    if len(present) < _FEW or 2 * len(vanished) <= len(present) or 2 * len(listing) < len(present):
        return frozenset()
    return frozenset(each.head for each in vanished if each.head is not None)
