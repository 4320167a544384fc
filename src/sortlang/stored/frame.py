"""Frame: what makes a file a table, and shows that all of it is there."""

import json
from mmap import mmap
from struct import Struct
from typing import Any
from zlib import crc32

from sortlang.stored.blocks import Blocks, Unusable, sums
from sortlang.stored.marks import MAGIC, VERSION

_HEADER = Struct("<16sIQQQI")
"""MAGIC, VERSION, the sizes of content, sums and head, and the CRC-32 of the header so far, the sums and the head."""

Buffer = bytes | bytearray | mmap


def framed(content: bytearray, head: dict[str, Any]) -> list[bytes | bytearray]:
    """A table, in pieces to be written one after another: header, content, sums, head."""
    checks, known = sums(content), json.dumps(head).encode("ascii")
    fixed = _HEADER.pack(MAGIC, VERSION, len(content), len(checks), len(known), 0)[:-4]
    check = crc32(known, crc32(checks, crc32(fixed)))
    return [fixed + check.to_bytes(4, "little"), content, checks, known]


def unframed(buffer: Buffer) -> tuple[Blocks, dict[str, Any]]:
    """Content and head. Header, sums and head are checked now, the content when it is read. Raises Unusable."""
    view = memoryview(buffer).toreadonly()
    if len(view) < _HEADER.size:
        raise Unusable("the table is cut off")
    magic, version, *sizes, check = _HEADER.unpack_from(view)
    if (magic, version) != (MAGIC, VERSION):
        raise Unusable(foreign())
    if _HEADER.size + sum(sizes) != len(view):
        raise Unusable("the table is cut off" if _HEADER.size + sum(sizes) > len(view) else "the table is damaged")
    first = _HEADER.size + sizes[0]
    if crc32(view[first:], crc32(view[: _HEADER.size - 4])) != check:
        raise Unusable
    second = first + sizes[1]
    return Blocks.of(view[_HEADER.size : first], view[first:second]), _head(bytes(view[second:]))


def foreign() -> str:
    """Why a table that is whole cannot be used."""
    return "the table was built by another version of sortlang"


def _head(text: bytes) -> dict[str, Any]:
    try:
        head = json.loads(text)
    except (ValueError, RecursionError):
        raise Unusable from None
    if not isinstance(head, dict):
        raise Unusable
    return head
