"""What stands in the answers to STAT, LIST and UIDL."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

MAX_UID = 1024
"""RFC 1939 allows 70 octets; servers exceed it, and nothing in us depends on it."""


def drop_size(text: bytes) -> tuple[int, int] | None:
    """(messages, octets) as STAT answers (RFC 1939 §5); None if it cannot be read."""
    words = text.split()
    count, octets = (_number(words[0]), _number(words[1])) if len(words) >= 2 else (None, None)
    return None if count is None or octets is None else (count, octets)


def sizes(lines: Iterable[bytes]) -> tuple[dict[int, int], int]:
    """Number → size from the lines of LIST, and how many lines could not be read or repeated a number."""
    return _collected(lines, lambda rest: _number(rest.partition(b" ")[0]))


def uids(lines: Iterable[bytes]) -> tuple[dict[int, bytes], int]:
    """Number → unique id, opaque, from the lines of UIDL, and how many lines could not be read or repeated a number."""
    return _collected(lines, lambda uid: uid if 0 < len(uid) <= MAX_UID else None)


def _collected(lines: Iterable[bytes], read: Callable[[bytes], T | None]) -> tuple[dict[int, T], int]:
    """Number → what `read` makes of the rest of the line, and how many lines are of no use."""
    found: dict[int, T] = {}
    odd = 0
    for line in lines:
        word, _, rest = line.strip().partition(b" ")
        number, value = _number(word), read(rest.strip())
        if not number or value is None or number in found:
            odd += 1
        else:
            found[number] = value
    return found, odd


def _number(word: bytes) -> int | None:
    """A decimal number below 10^18; more digits are nonsense, and `int` takes long over them."""
    return int(word) if word.isdigit() and len(word) <= 18 else None
