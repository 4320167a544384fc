"""A listing: what the server says lies in the maildrop, for one session."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from sortlang.frozen import frozen


@frozen
class Entry:
    """One message of a listing.

    `number` is valid for one session and never stored; `uid` is what UIDL says (RFC 1939 §7), opaque bytes; `size` in
    bytes is what LIST says, never to be relied on. `head` and `received` are filled in by TOP when the plan asks for
    them: the hash of the header, and its arrival time in Unix seconds. `nameless`: the server knows no UIDL; `uid` is
    empty until it is made from the header, and an equal one may later be another message.
    """

    number: int
    uid: bytes
    size: int
    head: bytes | None = None
    received: float | None = None
    nameless: bool = False


@frozen
class Lists:
    """What UIDL and LIST say of the messages that both name, by number; `uids` None: the server knows no UIDL."""

    uids: Mapping[int, bytes] | None
    sizes: Mapping[int, int]

    def entries(self, but: Container[int] = ()) -> tuple[Entry, ...]:
        """By number, but for these; without UIDL with an empty uid each, `nameless`."""
        sizes, uids = self.sizes, self.uids
        if uids is None:
            return tuple(Entry(each, b"", sizes[each], nameless=True) for each in sorted(sizes))
        return tuple(Entry(each, uids[each], sizes[each]) for each in sorted(sizes) if each not in but)


def named(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries, whose `head` is known, each with a uid made from header and size.

    Of several that are equal in both each has its place and their number in its uid: when one of them has gone, the
    others are all unknown, for nobody can tell which it was.
    """
    alike = Counter((each.head, each.size) for each in entries)
    seen = Counter[tuple[bytes | None, int]]()
    uids = []
    for each in entries:
        content = each.head, each.size
        seen[content] += 1
        uids.append(f"{(each.head or b'').hex()}.{each.size}.{seen[content]}/{alike[content]}".encode())
    return tuple(replace(each, uid=uid) for each, uid in zip(entries, uids, strict=True))
