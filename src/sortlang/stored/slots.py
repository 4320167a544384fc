"""Slots: an open-addressing hash that is probed where it lies."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from zlib import crc32

from sortlang.frozen import frozen
from sortlang.stored.blocks import SHIFT, Blocks, Unusable


def _slow(key: bytes) -> int:
    from hashlib import blake2b  # hardly ever needed, and it loads OpenSSL

    return int.from_bytes(blake2b(key, digest_size=4).digest(), "little")


HASHES: tuple[Callable[[bytes], int], ...] = (crc32, _slow)
"""The first is quick; somebody who wants to can find keys that it throws together, then the other one is taken."""

LONGEST = 512
"""So many slots may be probed for a key; under a good hash, a million keys need less than a hundred."""


@frozen
class Slots:
    """Each of `numbers`, which lie at `start`, is the offset of an entry, or 0.

    An entry is the length of a key, the key, and the offset of a record, which mostly lies close before it.
    """

    blocks: Blocks
    start: int
    numbers: memoryview
    hash: int
    count: int

    @staticmethod
    def of(blocks: Blocks, start: int, size: int, hash: int, count: int) -> "Slots":
        """Nothing is read yet. Raises Unusable if there cannot be such slots."""
        stop = start + 4 * size
        if not (0 <= start <= stop <= len(blocks.content) and start % 4 == 0 and size.bit_count() == 1 <= count < size):
            raise Unusable
        return Slots(blocks, start, blocks.content[start:stop].cast("I"), hash, count)

    def find(self, text: str) -> int:
        """The offset of the record that belongs to a key, -1 if there is no such key."""
        blocks, start, numbers = self.blocks, self.start, self.numbers
        key = text.encode("utf-8", "surrogatepass")
        mask = len(numbers) - 1
        first = HASHES[self.hash](key) & mask
        key = four(len(key)) + key
        for each in range(first, first + len(numbers)):
            place = each & mask
            if not blocks.checked[(start + 4 * place) >> SHIFT]:
                blocks.check(start + 4 * place, start + 4 * place + 4)
            entry = numbers[place]
            if not entry:
                return -1
            behind = entry + len(key)
            if blocks.read(entry, behind) == key:
                return blocks.number(behind)
        return -1

    def entries(self) -> Iterator[tuple[str, int]]:
        """Keys and offsets of records, in the order in which they were stored."""
        blocks = self.blocks
        for entry in sorted(filter(None, blocks.numbers(self.start, len(self.numbers)))):
            behind = entry + 4 + blocks.number(entry)
            yield str(blocks.read(entry + 4, behind), "utf-8", "surrogatepass"), blocks.number(behind)


def spread(keys: Sequence[bytes], entries: Sequence[int]) -> "tuple[int, array[int]]":
    """The number of the hash, and slots that hold the entry of each key; at least half of them are free, and 0."""
    slots = _filled(keys, entries, HASHES[0], LONGEST)
    if slots is not None:
        return 0, slots
    slots = _filled(keys, entries, HASHES[1], len(keys))
    assert slots is not None
    return 1, slots


def four(number: int) -> bytes:
    """A number as it is stored."""
    return number.to_bytes(4, "little")


def _filled(
    keys: Sequence[bytes], entries: Sequence[int], hash: Callable[[bytes], int], longest: int
) -> "array[int] | None":
    """None if a key is further than `longest` from where its hash says."""
    slots = array("I", bytes(4 << (2 * len(keys) - 1).bit_length()))
    mask = len(slots) - 1
    for key, entry in zip(keys, entries, strict=True):
        first = place = hash(key) & mask
        while slots[place]:
            place = (place + 1) & mask
        if (place - first) & mask > longest:
            return None
        slots[place] = entry
    return slots
