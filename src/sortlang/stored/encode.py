"""Encode: a value to bytes, its large parts apart, to be read alone."""

import json
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sortlang.memo import Memo
from sortlang.rules import Rule
from sortlang.runs.bulk import Bulk, Numbers, Runs
from sortlang.source import Source, Span
from sortlang.stored import marks
from sortlang.stored.lazy import StoredMapping, StoredNumbers, StoredSet, StoredSource, StoredTuple
from sortlang.stored.schema import CLASSES, taken
from sortlang.stored.slots import four, spread

Json = Any

_PLAIN = frozenset((type(None), bool, int, float, str))
_LARGEST = 2**32 - 1
_text = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class TooLarge(ValueError):
    """More than four GiB of rules."""


@dataclass(slots=True)
class Encoder:
    """What was encoded so far: `content`, and the name of each source with the place of its lines.

    `records` are the offsets of values that have a place of their own, by id; what is `kept` keeps its id.
    """

    content: bytearray = field(default_factory=lambda: bytearray(4))
    sources: list[Json] = field(default_factory=list)
    records: dict[int, int] = field(default_factory=dict)
    numbered: dict[int, int] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)
    bulk: Bulk | None = None

    def among(self, bulk: Bulk) -> None:
        """From now on a rule that is but a plain line beside the bulk is stored as the place of the line."""
        _bulk(self, bulk)
        self.bulk = bulk

    def value(self, value: Any) -> Json:
        """JSON for a value; what is large in it is appended to the content, and named by its offset."""
        kind = type(value)
        if kind in _PLAIN:
            return value
        if id(value) in self.records and kind is not Bulk:
            return [marks.RECORD, self.records[id(value)]]
        if kind not in _WRITERS:
            raise TypeError(f"sortlang.stored.schema does not know {kind.__qualname__}")
        return _WRITERS[kind](self, value)

    def record(self, value: Any) -> int:
        """The offset of a value, which gets a place of its own: the length of its JSON, and that."""
        if id(value) in self.records:
            return self.records[id(value)]
        start = self.append_record(self.value(value))
        if type(value) not in _PLAIN:
            self.keep(value, start)
        return start

    def append_record(self, held: Json) -> int:
        """The offset of some JSON, behind its length."""
        text = _text(held).encode("ascii")
        return self.append(four(len(text)) + text)

    def keep(self, value: Any, start: int) -> None:
        """From now on the value is where it begins."""
        self.records[id(value)] = start
        self.kept.append(value)

    def numbers(self, numbers: Iterable[int]) -> int:
        """The offset of numbers of four bytes each, none of which stands in two blocks."""
        self.append(bytes(-len(self.content) % 4))
        return self.append(array("I", numbers).tobytes())

    def append(self, content: bytes) -> int:
        """The offset at which it now lies; raises TooLarge."""
        start = len(self.content)
        self.content += content
        if len(self.content) > _LARGEST:
            raise TooLarge
        return start

    def source(self, source: Source) -> int:
        """The number of a source; of its text only where the lines start is stored."""
        if id(source) not in self.numbered:
            self.numbered[id(source)] = len(self.sources)
            self.kept.append(source)
            self.sources.append([source.name, self.numbers(source.starts), len(source.starts)])
        return self.numbered[id(source)]


def _sequence(encoder: Encoder, value: tuple[Any, ...]) -> Json:
    if len(value) < marks.BIG:
        return [marks.TUPLE, *map(encoder.value, value)]
    return [marks.STORED_TUPLE, encoder.numbers([encoder.record(each) for each in value]), len(value)]


def _mapping(encoder: Encoder, value: Mapping[Any, Any]) -> Json:
    if len(value) < marks.BIG or not all(type(key) is str for key in value):
        return [marks.MAPPING, *(encoder.value(each) for pair in value.items() for each in pair)]
    return [marks.STORED_MAPPING, *_hashed(encoder, ((key, encoder.record(each)) for key, each in value.items()))]


def _set(encoder: Encoder, value: frozenset[Any]) -> Json:
    if len(value) < marks.BIG or not all(type(each) is str for each in value):
        return [marks.SET, *sorted(map(encoder.value, value), key=_text)]
    return [marks.STORED_SET, *_hashed(encoder, ((each, 0) for each in sorted(value)))]


def _hashed(encoder: Encoder, pairs: Iterable[tuple[str, int]]) -> Json:
    """Offset and number of the slots, number of the hash, how many slots are taken."""
    keys, entries = [], []
    for text, start in pairs:
        key = text.encode("utf-8", "surrogatepass")
        keys.append(key)
        entries.append(encoder.append(four(len(key)) + key + four(start)))
    hash, slots = spread(keys, entries)
    return [encoder.numbers(slots), len(slots), hash, len(keys)]


def _numbers(encoder: Encoder, value: Numbers) -> Json:
    return [marks.NUMBERS, encoder.numbers(value), len(value)]


def _source(encoder: Encoder, value: Source) -> Json:
    return [marks.SOURCE, encoder.source(value)]


def _runs(encoder: Encoder, value: Runs) -> Json:
    """Its text lies apart from its sources, which are stored without theirs."""
    start = len(encoder.content)
    for piece in value.pieces():
        encoder.append(piece.encode("ascii"))
    fields = (value.sources, value.owners, value.begins, value.offsets, value.size)
    return [marks.CLASS + CLASSES.index(Runs), *map(encoder.value, fields), [marks.TEXT, start, value.size]]


def _bulk(encoder: Encoder, value: Bulk) -> Json:
    """It stands among the rules and in a table, and is stored once."""
    if id(value) not in encoder.records:
        start = encoder.append_record(_fields(CLASSES.index(Bulk), Bulk)(encoder, value))
        encoder.keep(value, start)
    return [marks.SHARED, encoder.records[id(value)]]


def _rule(encoder: Encoder, value: Rule) -> Json:
    place = _plain(encoder.bulk, value) if encoder.bulk else None
    return _whole_rule(encoder, value) if place is None else [marks.PLAIN, encoder.records[id(encoder.bulk)], place]


def _plain(bulk: Bulk, value: Rule) -> int | None:
    """The place of the line that says all there is of the rule."""
    source = value.span.source
    if value.account or value.description or value.detail or not source.text:
        return None
    place, end = bulk.runs.beside(source, source.text.rfind("\n", 0, value.span.start) + 1)
    line = bulk.at(place) if place < end else None
    said = [(each, each.span, [target.span for target in each.targets]) for each in (line, value) if each]
    return place if said[0] == said[-1] and line and not value.targets[0].group else None


def _memo(encoder: Encoder, value: Memo[Any, Any]) -> Json:
    return [marks.MEMO, encoder.value(value.answer)]


def _span(encoder: Encoder, value: Span) -> Json:
    return [marks.SPAN, encoder.source(value.source), value.start, value.end]


def _fields(number: int, cls: type[Any]) -> Callable[[Encoder, Any], Json]:
    mark, held = marks.CLASS + number, taken(cls)

    def write(encoder: Encoder, value: Any) -> Json:
        return [mark, *[each if type(each) in _PLAIN else encoder.value(each) for each in held(value)]]

    return write


_whole_rule = _fields(CLASSES.index(Rule), Rule)

_WRITERS: dict[type[Any], Callable[[Encoder, Any], Json]] = {
    **dict.fromkeys((tuple, StoredTuple), _sequence),
    **dict.fromkeys((dict, StoredMapping), _mapping),
    **dict.fromkeys((frozenset, StoredSet), _set),
    Memo: _memo,
    Span: _span,
    **dict.fromkeys((array, memoryview, StoredNumbers), _numbers),
    **dict.fromkeys((Source, StoredSource), _source),
    **{cls: _fields(number, cls) for number, cls in enumerate(CLASSES)},
    Runs: _runs,
    Bulk: _bulk,
    Rule: _rule,
}
