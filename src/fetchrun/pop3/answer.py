"""What stands in the answers to STAT, LIST and UIDL."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

MAX_UID = 1024
"""RFC 1939 allows 70 octets; servers exceed it, and nothing in us depends on it."""

MAX_DIGITS = 18
_TOGETHER = 4096
_VISIBLE = bytes(range(0x21, 0x7F))


def drop_size(text: bytes) -> tuple[int, int] | None:
    """(messages, octets) as STAT answers (RFC 1939 §5); None if it cannot be read."""
    words = text.split()
    count, octets = (_number(words[0]), _number(words[1])) if len(words) >= 2 else (None, None)
    return None if count is None or octets is None else (count, octets)


def sizes(lines: Sequence[bytes]) -> tuple[dict[int, int], int]:
    """Number → size from the lines of LIST, and how many lines could not be read or repeated a number."""
    found: dict[int, int] = {}
    for numbers, values in _columns(lines):
        found.update(zip(_decimals(numbers), _decimals(values), strict=False))
    return _whole(found, lines) or _collected(lines, lambda rest: _number(rest.partition(b" ")[0]))


def uids(lines: Sequence[bytes]) -> tuple[dict[int, bytes], int]:
    """Number → unique id, opaque, from the lines of UIDL, and how many lines could not be read or repeated a number."""
    found: dict[int, bytes] = {}
    for numbers, values in _columns(lines):
        found.update(zip(_decimals(numbers), values if _longest(values) <= MAX_UID else (), strict=False))
    return _whole(found, lines) or _collected(lines, lambda uid: uid if 0 < len(uid) <= MAX_UID else None)


def _columns(lines: Sequence[bytes]) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """Both words of some lines, again and again, where they are as RFC 1939 has them: two of visible ASCII, one space
    between.

    There may be 100,000: no line is looked at by itself, and no more of them together than memory has room for.
    """
    for at in range(0, len(lines), _TOGETHER):
        some = lines[at : at + _TOGETHER]
        text = b"\n".join(some)
        words = text.split() if text.translate(None, _VISIBLE) == (b" \n" * len(some))[:-1] else []
        yield (words[::2], words[1::2]) if len(words) == 2 * len(some) else ([], [])


def _decimals(words: Sequence[bytes]) -> Iterator[int]:
    """The numbers, if each is one; see `_number`."""
    return map(int, words if b"".join(words).isdigit() and _longest(words) <= MAX_DIGITS else ())


def _longest(words: Iterable[bytes]) -> int:
    return max(map(len, words), default=0)


def _whole(found: dict[int, T], lines: Sequence[bytes]) -> tuple[dict[int, T], int] | None:
    return (found, 0) if found and len(found) == len(lines) and 0 not in found else None


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
    return int(word) if word.isdigit() and len(word) <= MAX_DIGITS else None
