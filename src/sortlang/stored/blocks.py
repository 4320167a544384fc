"""Blocks: bytes of which none is used before it is checked."""

import errno
from array import array
from zlib import crc32

from sortlang.frozen import frozen

SIZE = 1024
SHIFT = SIZE.bit_length() - 1


class Unusable(OSError):
    """Bytes that cannot be used as a table; `strerror` is a clause that says why."""

    def __init__(self, why: str = "the table is damaged") -> None:
        super().__init__(errno.EBADMSG, why)


@frozen
class Blocks:
    """Content in blocks of SIZE bytes, the CRC-32 of each, and a byte for each that is 1 once it was found right."""

    content: memoryview
    sums: memoryview
    checked: bytearray

    @staticmethod
    def of(content: memoryview, sums: memoryview) -> "Blocks":
        """`sums` is what `sums(content)` gave; raises Unusable if there are not as many as there are blocks."""
        count = -(-len(content) // SIZE)
        if len(sums) != 4 * count:
            raise Unusable
        return Blocks(content, sums.cast("I"), bytearray(count))

    def read(self, start: int, stop: int) -> memoryview:
        """Some of the content, its blocks checked; raises Unusable."""
        self.check(start, stop)
        return self.content[start:stop]

    def number(self, start: int) -> int:
        """The four bytes at `start` as a number."""
        return int.from_bytes(self.read(start, start + 4), "little")

    def numbers(self, start: int, count: int) -> memoryview:
        """So many numbers of four bytes."""
        return self.read(start, start + 4 * count).cast("I")

    def known(self, start: int, stop: int) -> bool:
        """Whether every block of the stretch was found right before."""
        return self.checked.find(0, start >> SHIFT, (stop + SIZE - 1) >> SHIFT) < 0

    def check(self, start: int, stop: int) -> None:
        """Raises Unusable if a block of the stretch is not as it was written, or there is no such stretch."""
        if not 0 <= start <= stop <= len(self.content):
            raise Unusable
        block, last = start >> SHIFT, (stop + SIZE - 1) >> SHIFT
        while (block := self.checked.find(0, block, last)) >= 0:
            if crc32(self.content[block << SHIFT : (block + 1) << SHIFT]) != self.sums[block]:
                raise Unusable
            self.checked[block] = 1


def sums(content: bytes | bytearray) -> bytes:
    """The CRC-32 of each block."""
    view = memoryview(content)
    return array("I", (crc32(view[start : start + SIZE]) for start in range(0, len(view), SIZE))).tobytes()
