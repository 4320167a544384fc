"""Lazy: collections whose elements are made when they are asked for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from sortlang.frozen import frozen
from sortlang.source import Source
from sortlang.stored.blocks import SHIFT, SIZE, Blocks, Unusable
from sortlang.stored.slots import Slots


class Decoder(Protocol):
    """What makes a value of the record at an offset."""

    def record(self, start: int) -> Any: ...


@dataclass(frozen=True)
class StoredSource(Source):
    """A source without its text, which still knows its lines."""

    blocks: Blocks = field(kw_only=True, repr=False, compare=False)
    at: int = field(kw_only=True, repr=False, compare=False)
    lines: int = field(kw_only=True, repr=False, compare=False)

    @cached_property
    def starts(self) -> Sequence[int]:
        """Read when the first place is asked for."""
        return self.blocks.numbers(self.at, self.lines)


@dataclass(frozen=True, eq=False)
class StoredNumbers(Sequence[int]):
    """Numbers of four bytes, checked where they are read."""

    blocks: Blocks
    start: int
    numbers: memoryview

    @staticmethod
    def of(blocks: Blocks, start: int, size: int) -> "StoredNumbers | memoryview":
        """Few are read at once, of many nothing yet. Raises Unusable if there cannot be such numbers."""
        stop = start + 4 * size
        if not (0 <= start <= stop <= len(blocks.content) and start % 4 == 0):
            raise Unusable
        if stop - start <= SIZE:
            blocks.check(start, stop)
        numbers = blocks.content[start:stop].cast("I")
        return numbers if blocks.known(start, stop) else StoredNumbers(blocks, start, numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(*index.indices(len(self))))
        return self.at(index)

    @cached_property
    def at(self) -> Callable[[int], int]:
        """One of them."""
        start, numbers, checked, check = self.start, self.numbers, self.blocks.checked, self.blocks.check

        def number(index: int) -> int:
            place = start + 4 * index
            if not checked[place >> SHIFT]:
                check(place, place + 4)
            return numbers[index]

        return number

    def __iter__(self) -> Iterator[int]:
        self.blocks.check(self.start, self.start + 4 * len(self.numbers))
        return iter(self.numbers)


@frozen(eq=False)
class StoredText:
    """ASCII, checked where it is read."""

    blocks: Blocks
    start: int
    size: int

    def __getitem__(self, stretch: slice) -> str:
        blocks, start, stop = self.blocks, self.start + stretch.start, self.start + min(stretch.stop, self.size)
        if blocks.checked.find(0, start >> SHIFT, (stop + SIZE - 1) >> SHIFT) >= 0:
            blocks.check(start, stop)
        return str(blocks.content[start:stop], "ascii")

    def reader(self, short: int, end: str, longest: int) -> Callable[[int], str]:
        """A function from a place to `short` letters, or, if there is no `end` among them, `longest`."""
        start, content, checked = self.start, self.blocks.content, self.blocks.checked
        last = start + self.size - short

        def read(place: int) -> str:
            first = start + place
            if first > last or not (checked[first >> SHIFT] and checked[(first + short) >> SHIFT]):
                return self[place : place + longest]
            text = str(content[first : first + short], "ascii")
            return text if end in text else self[place : place + longest]

        return read


@frozen(eq=False)
class StoredTuple(Sequence[Any]):
    """Equal to the tuple that was stored."""

    blocks: Blocks
    decoder: Decoder
    start: int
    size: int

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(*index.indices(self.size)))
        if not -self.size <= index < self.size:
            raise IndexError(index)
        return self.decoder.record(self.blocks.number(self.start + 4 * (index % self.size)))

    def __add__(self, other: Sequence[Any]) -> tuple[Any, ...]:
        return (*self, *other)

    def __radd__(self, other: Sequence[Any]) -> tuple[Any, ...]:
        return (*other, *self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, tuple | StoredTuple):
            return NotImplemented
        return len(self) == len(other) and all(mine == its for mine, its in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))


@frozen(eq=False)
class StoredMapping(Mapping[str, Any]):
    """Equal to the dict that was stored."""

    slots: Slots
    decoder: Decoder

    def __getitem__(self, key: str) -> Any:
        start = self.slots.find(key)
        if start < 0:
            raise KeyError(key)
        return self.decoder.record(start)

    def get(self, key: str, default: Any = None) -> Any:
        """Without the exception that `[]` would raise and catch."""
        start = self.slots.find(key)
        return default if start < 0 else self.decoder.record(start)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.slots.find(key) >= 0

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self.slots.entries())

    def __len__(self) -> int:
        return self.slots.count


@frozen(eq=False)
class StoredSet(AbstractSet[str]):
    """Equal to the frozenset that was stored."""

    slots: Slots

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.slots.find(key) >= 0

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self.slots.entries())

    def __len__(self) -> int:
        return self.slots.count
