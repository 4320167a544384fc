"""Slots: an open-addressing hash of numbers, for keys that lie elsewhere."""

from array import array
from collections.abc import Callable, Sequence
from zlib import crc32


def _slow(key: bytes) -> int:
    from hashlib import blake2b  # hardly ever needed, and it loads OpenSSL

    return int.from_bytes(blake2b(key, digest_size=4).digest(), "little")


Hash = Callable[..., int]
"""Of an address without its `@`; crc32 also of its domain, and the hash of its local part."""

HASHES: tuple[Hash, ...] = (crc32, _slow)
"""The first is quick; somebody who wants to can find addresses that it throws together, then the other one is taken."""

LONGEST = 512
"""So many slots may be probed for a key; under a good hash, a million keys need less than a hundred."""


def keyed(address: str) -> bytes:
    """What is hashed of an address."""
    return address.replace("@", "").encode("utf-8", "surrogatepass")


Same = Callable[[int, int], bool]
"""Whether the keys of two numbers are equal."""


def room(size: int) -> int:
    """What a slot says beside the number of a key, 1 to `size`: of its hash the bits of this mask, above the number."""
    return _ALL ^ ((1 << size.bit_length()) - 1)


_ALL = (1 << 32) - 1


def filled(hashes: Sequence[int], same: Same, longest: int = LONGEST) -> tuple["array[int]", list[int]] | None:
    """Slots that hold 1 + the number of each key, by its hash, at least half of them free and 0.

    The rest of a slot is filled with bits of the hash, by `room`: most other keys need not be looked at. Beside the
    slots the numbers of equal keys, of which only the first has one. None if a key would be further than `longest` from
    where its hash says.
    """
    slots = array("I", bytes(4 << (2 * len(hashes)).bit_length()))
    mask, more = len(slots) - 1, room(len(hashes))
    again: list[int] = []
    for number, hash in enumerate(hashes, 1):
        place, mark = hash & mask, hash & more
        while other := slots[place]:
            if other & more == mark and hashes[(other ^ mark) - 1] == hash and same((other ^ mark) - 1, number - 1):
                again += ((other ^ mark) - 1, number - 1)
                break
            place = (place + 1) & mask
            if (place - hash) & mask > longest:
                return None
        else:
            slots[place] = number | mark
    return slots, again
