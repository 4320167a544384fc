"""A listing: what the server says lies in the maildrop, for one session."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a listing.

    `number` is valid for one session and never stored; `uid` is what UIDL says (RFC 1939 §7), opaque bytes; `size` in
    bytes is what LIST says, never to be relied on. `head` and `received` are filled in by TOP when the plan asks for
    them: the hash of the header, and its arrival time in Unix seconds.
    """

    number: int
    uid: bytes
    size: int
    head: bytes | None = None
    received: float | None = None
