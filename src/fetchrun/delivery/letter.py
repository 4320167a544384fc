"""A Letter: one message of one maildrop, and what it is called."""

import hashlib
from pathlib import Path

from sortlang.frozen import frozen


@frozen
class Client:
    """The host that brought a message to the provider: its IP address, and its names if the provider wrote them."""

    address: str
    name: str = ""
    helo: str = ""


@frozen
class Letter:
    """One message, told apart from every other: the same uid with other content is another generation.

    `size` in bytes as the listing says; `head_hash` of its header, as TOP would show it; `received` its arrival in Unix
    seconds; `digest` of the program that routed it; `sender` of its envelope, empty for `<>`; `client`: the host that
    brought it to the provider.
    """

    account_id: str
    uid: bytes
    generation: int
    size: int
    head_hash: bytes | None = None
    received: float | None = None
    digest: str = ""
    sender: str = ""
    client: Client | None = None


def account_id(server: str, user: str) -> str:
    """Who a maildrop is: its server and user. The account's name in the rules file may change."""
    return _hashed(server.lower().removesuffix(".").encode(), user.encode())


def copy_id(letter: Letter, end: Path | str) -> str:
    """What a copy is, whenever and however often it is made: 26 characters of `a-z2-7`. `end`: where it goes."""
    generation = str(letter.generation).encode()
    return _hashed(letter.account_id.encode(), letter.uid, generation, str(end).encode("utf-8", "surrogateescape"))


def _hashed(*parts: bytes) -> str:
    framed = b"".join([len(part).to_bytes(4, "big") + part for part in parts])
    return _base32(int.from_bytes(hashlib.sha256(framed).digest()[:17], "big") >> 6)


def _base32(number: int) -> str:
    """26 letters, 130 bits. As `base64` writes them (RFC 4648 §6), which takes twice as long for each message."""
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(one + other for one in _LETTERS for other in _LETTERS)
