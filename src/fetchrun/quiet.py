"""Quiet: what is to lie there as it does, told without a plan for each."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from math import inf

from fetchrun.listing import Entry, Lists
from fetchrun.memory.resting import Resting
from fetchrun.plan import ADOPTED, KEPT, YOUNG
from sortlang.frozen import frozen

WHY = {"adopted": ADOPTED, "kept": KEPT, "young": YOUNG}
"""What the ledger says of a message at rest, and what the plan would."""


@frozen
class Quiet:
    """So many messages for which the plan would say Leave, by its reasons; `until`: see Leave, the first of them.

    `uids` of the whole listing, theirs among them.
    """

    left: Mapping[str, int] = field(default_factory=dict)
    until: float = inf
    uids: Collection[bytes] = frozenset()

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
    numbers = {uid: number for number, uid in uids.items()} if len(uids) <= 2 * present else {}
    if len(numbers) < len(sizes):
        return Quiet(), lists.entries()
    quiet, left, until = set[int](), Counter[str](), inf
    for uid, size, why, end in resting:
        if uid in numbers and sizes[numbers[uid]] == size:
            quiet.add(numbers[uid])
            left[WHY[why]] += 1
            until = min(until, end)
    if 2 * len(quiet) < max(present, len(sizes)):
        return Quiet(), lists.entries()
    return Quiet(left, until, numbers.keys()), lists.entries(quiet)
