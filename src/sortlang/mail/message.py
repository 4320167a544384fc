"""The header of a message: its fields, where it ends, when it came."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from sortlang.mail import received

HEAD_LIMIT = 256 * 1024
FIELD_LIMIT = 2_000


class Field(NamedTuple):
    """One header field, bytes `[start, end)` of the head: `name` lower-case, `folded` what stands behind the colon.

    A tuple, for each message has dozens; and of most nobody asks for the value.
    """

    name: bytes
    folded: bytes
    start: int
    end: int

    @property
    def value(self) -> bytes:
        """Unfolded and stripped, else raw."""
        return self.folded.replace(b"\r\n", b"").replace(b"\n", b"").strip()


def fields(head: bytes) -> tuple[Field, ...]:
    """The fields of a header, top first; at most FIELD_LIMIT, from the first HEAD_LIMIT bytes (RFC 5322 §2.2).

    `head` may run on into the body: the scan stops at the empty line. Never raises: junk before the first field is
    passed over, and junk after it ends the header, as it does for Postfix.
    """
    head = head if len(head) <= HEAD_LIMIT else head[: head.rfind(b"\n", 0, HEAD_LIMIT) + 1]
    return tuple(islice(_scan(head), FIELD_LIMIT))


def head_end(buffer: bytes | bytearray, start: int = 0) -> int:
    """Where the body begins in a buffer that still grows, or -1; the bytes before `start` were searched already."""
    if buffer.startswith((b"\n", b"\r\n")):
        return buffer.index(b"\n") + 1
    found = _EMPTY_LINE.search(buffer, max(0, start - 2))
    return found.end() if found else -1


def arrival(fields: Sequence[Field], hops: int) -> float | None:
    """When the provider took the message, in Unix seconds: the date of the topmost trusted `Received` that has one."""
    dates = (received.date(each.value) for each in trusted(fields, hops))
    return next((date for date in dates if date is not None), None)


def trusted(fields: Sequence[Field], hops: int) -> tuple[Field, ...]:
    """The `Received` lines that the provider's last `hops` hosts wrote, top first; they write above what is there."""
    return tuple(islice((each for each in fields if each.name == b"received"), max(0, hops)))


def head_hash(head: bytes) -> bytes:
    """32 bytes by which a message is known again from its TOP: its header without what servers rewrite in place."""
    end = head_end(head)
    head = head[: min(end if end >= 0 else len(head), HEAD_LIMIT)].replace(b"\r\n", b"\n")
    if _REWRITTEN_NAME.search(b"\n" + head):
        head = _REWRITTEN.sub(b"", head)
    return hashlib.sha256(head.rstrip(b"\n")).digest()


_BOM = b"\xef\xbb\xbf"
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
_END = re.compile(rb"\r?(?:\n|\Z)")
_MBOX = re.compile(rb">?From ")
_REWRITTEN_NAMES = (
    *(b"status", b"x-status", b"x-keywords", b"x-uid", b"x-uidl"),
    *(b"x-imap", b"x-imapbase", b"content-length"),
)
_REWRITTEN_NAME = re.compile(rb"\n(?:" + b"|".join(_REWRITTEN_NAMES) + rb"):", re.IGNORECASE)
_REWRITTEN = re.compile(
    rb"^(?:" + b"|".join(_REWRITTEN_NAMES) + rb"):.*+(?:\n[ \t].*+)*+(?:\n|\Z)", re.IGNORECASE | re.MULTILINE
)


def _scan(head: bytes) -> Iterator[Field]:
    at, begun = len(_BOM) if head.startswith(_BOM) else 0, False
    while at < len(head):
        if found := _FIELD.match(head, at):
            end = found.end()
            yield Field(found[1].lower(), found[2], at, end)
            at, begun = end, True
        elif _END.match(head, at) or (begun and not _MBOX.match(head, at)):
            return
        else:
            at = _next_line(head, at)


def _next_line(head: bytes, at: int) -> int:
    return head.find(b"\n", at) + 1 or len(head)
