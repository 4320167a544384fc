"""Places: patterns, the widest of them alone."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from sortlang.analysis.meet import within
from sortlang.pattern import Pattern

Exceptions = tuple[Pattern, ...]


def widest(
    places: Iterable[Pattern],
    exceptions: Callable[[Pattern], Exceptions] = lambda place: (),
    known: Mapping[Pattern, Exceptions] = MappingProxyType({}),
) -> dict[Pattern, Exceptions]:
    """The places that lie within no other, unless it is within an exception of that; each with its exceptions.

    `known` are kept beforehand. A pattern that is wider than another ranks behind it.
    """
    kept = dict(known)
    for each in sorted(places, key=lambda place: place.rank, reverse=True):
        if not any(within(each, wider) and not _excepted(each, taken) for wider, taken in kept.items()):
            kept[each] = exceptions(each)
    return kept


def _excepted(place: Pattern, exceptions: Exceptions) -> bool:
    return any(within(place, each) for each in exceptions)
