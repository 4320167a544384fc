"""Sorts: the `sort` rules, written ones and bulk, in their order."""

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from heapq import merge
from itertools import compress
from operator import itemgetter
from typing import Any, overload

from sortlang.frozen import frozen
from sortlang.rules import Rule
from sortlang.runs.bulk import Bulk, nothing


@frozen(eq=False)
class Sorts(Sequence[Rule]):
    """Equal to the tuple of the rules. `before`: how many of the bulk stand before each written one, ascending."""

    written: tuple[Rule, ...]
    before: Sequence[int]
    bulk: Bulk

    @staticmethod
    def of(written: tuple[Rule, ...], bulk: Bulk) -> Sequence[Rule]:
        """The written rules, first those of the file itself and then those of accounts, with the bulk among them."""
        if not bulk:
            return written
        places = (min(bulk.runs.beside(each.span.source, each.span.start)) for each in written if each.account is None)
        before = array("I", (bisect_left(bulk.places, place) for place in places))
        before.extend([len(bulk)] * (len(written) - len(before)))
        return Sorts(written, before, bulk)

    @overload
    def __getitem__(self, index: int) -> Rule: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Rule, ...]: ...
    def __getitem__(self, index: int | slice) -> Rule | tuple[Rule, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        number = range(len(self))[index]
        at = bisect_left(range(len(self.written)), number, key=lambda each: self.before[each] + each)
        if at < len(self.written) and self.before[at] + at == number:
            return self.written[at]
        return self.bulk[number - at]

    def __len__(self) -> int:
        return len(self.written) + len(self.bulk)

    def __iter__(self) -> Iterator[Rule]:
        done = 0
        for rule, before in zip(self.written, self.before, strict=True):
            yield from map(self.bulk.__getitem__, range(done, before))
            yield rule
            done = before
        yield from map(self.bulk.__getitem__, range(done, len(self.bulk)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Collection):
            return NotImplemented
        return len(self) == len(other) and all(mine == its for mine, its in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))


def some(sorts: Collection[Rule], numbers: Collection[int]) -> Iterator[Rule]:
    """The written rules and those numbers of the bulk, in the order of the text."""
    if not isinstance(sorts, Sorts):
        return iter(sorts)
    mine = ((before, 0, rule) for before, rule in zip(sorts.before, sorts.written, strict=True))
    theirs = ((number, 1, sorts.bulk[number]) for number in sorted(numbers))
    return (rule for _, _, rule in merge(mine, theirs, key=itemgetter(0, 1)))


def apart(one: Collection[Any], other: Collection[Any]) -> tuple[Iterator[Any], Iterator[Any]]:
    """The rules (or transports) of both, in their order, but for those of the bulk that the other one has too."""
    mine, its = ([*map(" ".join, bulk(each).pairs())] for each in (one, other))
    both = set(mine).intersection(its)
    return (
        some(one, [number for number, pair in enumerate(mine) if pair not in both]),
        some(other, [number for number, pair in enumerate(its) if pair not in both]),
    )


def scoped(sorts: Collection[Rule], scopes: Collection[str | None]) -> Collection[Rule]:
    """The rules of these accounts; those of the file itself, None, must be among them."""
    if not isinstance(sorts, Sorts):
        return [each for each in sorts if each.account in scopes]
    kept = [each.account in scopes for each in sorts.written]
    return Sorts(tuple(compress(sorts.written, kept)), tuple(compress(sorts.before, kept)), sorts.bulk)


def written(sorts: Collection[Rule]) -> Collection[Rule]:
    """Those that are no bulk: every rule with a `*`, of an account, or with another target than one address."""
    return sorts.written if isinstance(sorts, Sorts) else sorts


def bulk(sorts: Collection[Rule]) -> Bulk:
    """Those that stay text."""
    return sorts.bulk if isinstance(sorts, Sorts) else nothing()
