"""A Load: one message as it lies on disk, to be handed on."""

import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from fetchrun.delivery.identity import REMEMBERED
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.target import ending
from sortlang.frozen import frozen

BLOCK = 1 << 18


@frozen
class Load:
    """The message in `file`, `octets` long, from `offset` on, its lines ended by LF; others may read the file too.

    `spool`: a folder for nameless files; None: that of the system. `remembered`: as in Parcel.
    """

    letter: Letter
    file: FileIO
    offset: int
    octets: int
    spool: Path | None = None
    remembered: float = REMEMBERED

    def blocks(self) -> Iterator[bytes]:
        """The message, a block at a time. Raises Trouble when the disk cannot give it."""
        at, end = self.offset, self.offset + self.octets
        while at < end:
            try:
                block = os.pread(self.file.fileno(), min(BLOCK, end - at), at)
            except OSError as error:
                raise ending(error, "the mail that is to be handed on", "read") from error
            if not block:
                raise ending(OSError(5, "the file became shorter"), "the mail that is to be handed on", "read")
            at += len(block)
            yield block

    def measured(self) -> tuple[int, bool]:
        """The size with CRLF line ends, and whether there is an octet above 127 in it. Raises Trouble."""
        size, eight_bit = 0, False
        for block in self.blocks():
            size += len(block) + block.count(b"\n")
            eight_bit = eight_bit or not block.isascii()
        return size, eight_bit
