"""Quiet: what is to lie there as it does, told without a plan for each."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from itertools import compress, islice
from math import inf
from operator import eq

from fetchrun.listing import Entry, Lists
from fetchrun.memory.resting import IS_KEPT, IS_YOUNG, WAS_THERE, Resting
from fetchrun.plan import ADOPTED, KEPT, YOUNG
from sortlang.frozen import frozen

WHY = {WAS_THERE: ADOPTED, IS_KEPT: KEPT, IS_YOUNG: YOUNG}
"""What the ledger says of a message at rest, and what the plan would."""

_TOGETHER = 4096
"""Rows that are looked at together: one by one takes several times as long, all at once too much memory."""


@frozen
class Quiet:
    """So many messages for which the plan would say Leave, by its reasons; `until`: see Leave, the first of them.

    `uids` of the whole listing, theirs among them; None where the last listing had no others than these: none is gone.
    """

    left: Mapping[str, int] = field(default_factory=dict)
    until: float = inf
    uids: Collection[bytes] | None = frozenset()

    @property
    def count(self) -> int:
        """How many they are."""
        return sum(self.left.values())


def set_apart(lists: Lists, resting: Iterable[Resting], present: int) -> tuple[Quiet, tuple[Entry, ...]]:
    """The quiet ones of a listing, and the entries to be planned; `resting` and how many are `present`: see the ledger.

    Quiet is what has uid and size of a message at rest. All are planned where the quiet ones are less than half of what
    is listed or present: the plan must see whether most uids have changed, and with so many quiet ones they have not.
    A uid that is listed twice, as RFC 1939 §7 allows, has all planned too.
    """
    uids, sizes = lists.uids or {}, lists.sizes
    others = dict(zip(uids.values(), map(sizes.__getitem__, uids), strict=True)) if len(uids) <= 2 * present else {}
    if len(others) < len(sizes):
        return Quiet(), lists.entries()
    left, until, rows = Counter[int](), inf, iter(resting)
    while some := list(islice(rows, _TOGETHER)):
        names, octets, whys, ends = zip(*some, strict=True)
        quiet = list(map(eq, map(others.get, names), octets))
        left.update(compress(whys, quiet))
        until = min((until, *compress(ends, quiet)))
        for each in compress(names, quiet):
            del others[each]
    count = left.total()
    if 2 * count < max(present, len(sizes)):
        return Quiet(), lists.entries()
    quietly = {WHY[why]: many for why, many in left.items()}
    entries = tuple(Entry(number, uid, sizes[number]) for number, uid in uids.items() if uid in others)
    return Quiet(quietly, until, None if count == present else set(uids.values())), entries
