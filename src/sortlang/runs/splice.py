"""Splice: a bulk whose source was edited, without the lines that were."""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from weakref import WeakValueDictionary

from sortlang.frozen import frozen
from sortlang.runs.bulk import Bulk, Runs
from sortlang.source import Source, Span

_STEPS = (1 << 16, 1 << 12, 1 << 6, 1)


@frozen
class Window:
    """Whole lines of two texts, outside of which they are alike: `[start, end)` of `old`, up to `stop` in `new`."""

    old: Source
    new: Source
    start: int
    end: int

    @staticmethod
    def of(old: Source, new: Source) -> "Window":
        """The smallest."""
        one, other = old.text, new.text
        start = one.rfind("\n", 0, _alike(one, other)) + 1
        behind = _alike_at_end(one, other, min(len(one), len(other)) - start)
        end = len(one) - behind
        if not (one.endswith("\n", 0, end) and other.endswith("\n", 0, len(other) - behind)):
            end = one.find("\n", end) + 1 or len(one)
        return Window(old, new, start, end)

    @property
    def shift(self) -> int:
        """By how much all that stands behind it has moved."""
        return len(self.new.text) - len(self.old.text)

    @property
    def stop(self) -> int:
        return self.end + self.shift

    def span(self, span: Span) -> Span:
        """Where now stands what stood there, before or behind it."""
        if span.source is not self.old:
            return span
        shift = self.shift if span.start >= self.end else 0
        return Span(self.new, span.start + shift, span.end + shift)


def lines_of(bulk: Bulk, window: Window) -> tuple[int, int] | None:
    """The numbers of the rules whose lines the window is, none missing and the next ones right above and below it.

    Below it may be the end of the file instead. None: it is not so.
    """
    text, start, end = window.old.text, window.start, window.end
    first, last = (bisect_left(bulk.places, each) for each in _places(bulk, window))
    lines = text.count("\n", start, end) + (start < end == len(text) and text[-1] != "\n")
    if bulk.gone != (0, 0) or first == 0 or last - first != lines:
        return None
    source, above = bulk.runs.where(bulk.places[first - 1])
    if source is not window.old or text.find("\n", above) + 1 != start:
        return None
    at_rest = end == len(text) or (last < len(bulk.places) and bulk.runs.where(bulk.places[last]) == (source, end))
    return (first, last) if at_rest else None


def without(bulk: Bulk, lines: tuple[int, int], window: Window) -> Bulk:
    """The bulk over the new text, those lines taken out."""
    domains = [bulk.domains(each) for each in range(*lines)]
    return replace(
        bulk,
        runs=_parted(bulk.runs, *_places(bulk, window), window),
        left=_fewer(bulk.left, (left for left, _ in domains)),
        right=_fewer(bulk.right, (right for _, right in domains)),
        gone=lines,
        made=WeakValueDictionary(),
    )


def _places(bulk: Bulk, window: Window) -> tuple[int, int]:
    """Of its ends in the text of all runs."""
    beside = bulk.runs.beside
    return min(beside(window.old, window.start)), min(beside(window.old, window.end))


def _parted(runs: Runs, start: int, end: int, window: Window) -> Runs:
    """The runs in the new text; what stood in the window is one of a source that has no text."""
    rows = list(zip(runs.owners, runs.begins, runs.offsets, strict=True))
    owner, gap = runs.sources.index(window.old), len(runs.sources)
    above = [each for each in rows if each[1] < start]
    below = [(whose, begin, offset + window.shift * (whose == owner)) for whose, begin, offset in rows if begin >= end]
    between = [(gap, start, 0)] if start < end else []
    if end < (below[0][1] if below else runs.size):
        between.append((owner, end, window.stop))
    owners, begins, offsets = (array("I", each) for each in zip(*above, *between, *below, strict=True))
    sources = (*(window.new if each is window.old else each for each in runs.sources), Source("", ""))
    return Runs(sources, owners, begins, offsets, runs.size)


def _fewer(counts: Mapping[str, int], less: Iterable[str]) -> Mapping[str, int]:
    gone = Counter(less)
    rest = {each: counts[each] - count for each, count in gone.items()}
    return {each: count for each, count in {**counts, **rest}.items() if count} if gone else counts


def _alike(one: str, other: str) -> int:
    """How many letters both begin with."""
    place, most = 0, min(len(one), len(other))
    for step in _STEPS:
        while place + step <= most and one.startswith(other[place : place + step], place):
            place += step
    return place


def _alike_at_end(one: str, other: str, most: int) -> int:
    """How many letters both end with, at most so many."""
    size, mine, its = 0, len(one), len(other)
    for step in _STEPS:
        while size + step <= most and one.endswith(other[its - size - step : its - size], 0, mine - size):
            size += step
    return size
