"""Decode: bytes to values; what can be made later is made later."""

import json
from collections.abc import Callable
from dataclasses import field
from typing import Any

from sortlang.frozen import frozen
from sortlang.memo import Memo
from sortlang.source import Source, Span
from sortlang.stored import marks
from sortlang.stored.blocks import Blocks, Unusable
from sortlang.stored.lazy import StoredMapping, StoredNumbers, StoredSet, StoredSource, StoredText, StoredTuple
from sortlang.stored.schema import CLASSES, made
from sortlang.stored.slots import Slots

Json = Any
_MISFITS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


@frozen
class Decoder:
    """Makes values out of JSON and of what lies in the blocks."""

    blocks: Blocks
    sources: tuple[Source, ...] = field(default=())
    shared: dict[int, Any] = field(default_factory=dict)

    @staticmethod
    def of(blocks: Blocks, sources: Json) -> "Decoder":
        """`sources` is what an Encoder collected; raises Unusable."""
        try:
            return Decoder(
                blocks, tuple(StoredSource(name, "", blocks=blocks, at=at, lines=lines) for name, at, lines in sources)
            )
        except _MISFITS:
            raise Unusable from None

    def whole(self, held: Json) -> Any:
        """The value of some JSON; raises Unusable."""
        try:
            return self.value(held)
        except _MISFITS:
            raise Unusable from None

    def record(self, start: int) -> Any:
        """The value of the record at the offset; raises Unusable."""
        begin = start + 4
        text = self.blocks.read(begin, begin + self.blocks.number(start))
        try:
            return self.value(_parsed(str(text, "ascii"))[0])
        except _MISFITS:
            raise Unusable from None

    def value(self, held: Json) -> Any:
        """The value of some JSON; raises whatever comes of JSON that no Encoder made."""
        return _READERS[held[0]](self, held) if type(held) is list else held


_parsed = json.JSONDecoder().raw_decode


def _tuple(decoder: Decoder, held: Json) -> Any:
    value = decoder.value
    return tuple([value(each) for each in held[1:]])


def _mapping(decoder: Decoder, held: Json) -> Any:
    value = decoder.value
    return dict(zip(map(value, held[1::2]), map(value, held[2::2]), strict=True))


def _set(decoder: Decoder, held: Json) -> Any:
    return frozenset(map(decoder.value, held[1:]))


def _stored_tuple(decoder: Decoder, held: Json) -> Any:
    _, start, count = held
    return StoredTuple(decoder.blocks, decoder, start, count)


def _stored_mapping(decoder: Decoder, held: Json) -> Any:
    return StoredMapping(Slots.of(decoder.blocks, *held[1:]), decoder)


def _stored_set(decoder: Decoder, held: Json) -> Any:
    return StoredSet(Slots.of(decoder.blocks, *held[1:]))


def _numbers(decoder: Decoder, held: Json) -> Any:
    return StoredNumbers.of(decoder.blocks, *held[1:])


def _text(decoder: Decoder, held: Json) -> Any:
    return StoredText(decoder.blocks, *held[1:])


def _source(decoder: Decoder, held: Json) -> Any:
    return decoder.sources[held[1]]


def _record(decoder: Decoder, held: Json) -> Any:
    return decoder.record(held[1])


def _shared(decoder: Decoder, held: Json) -> Any:
    start = held[1]
    if start not in decoder.shared:
        decoder.shared[start] = decoder.record(start)
    return decoder.shared[start]


def _plain(decoder: Decoder, held: Json) -> Any:
    return _shared(decoder, held).at(held[2])


def _span(decoder: Decoder, held: Json) -> Any:
    return Span(decoder.sources[held[1]], held[2], held[3])


def _memo(decoder: Decoder, held: Json) -> Any:
    return Memo(decoder.value(held[1]))


def _fields(cls: type[Any]) -> Callable[[Decoder, Json], Any]:
    make = made(cls)

    def read(decoder: Decoder, held: Json) -> Any:
        return make([_READERS[each[0]](decoder, each) if type(each) is list else each for each in held[1:]])

    return read


_READERS: dict[int, Callable[[Decoder, Json], Any]] = {
    marks.TUPLE: _tuple,
    marks.MAPPING: _mapping,
    marks.SET: _set,
    marks.STORED_TUPLE: _stored_tuple,
    marks.STORED_MAPPING: _stored_mapping,
    marks.STORED_SET: _stored_set,
    marks.RECORD: _record,
    marks.SPAN: _span,
    marks.MEMO: _memo,
    marks.NUMBERS: _numbers,
    marks.TEXT: _text,
    marks.SOURCE: _source,
    marks.SHARED: _shared,
    marks.PLAIN: _plain,
    **{marks.CLASS + number: _fields(cls) for number, cls in enumerate(CLASSES)},
}
