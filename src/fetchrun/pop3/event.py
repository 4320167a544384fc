"""Events: what the bytes of a server mean, one after the other."""

from dataclasses import field

from fetchrun.pop3.command import Command
from sortlang.frozen import frozen


@frozen
class Greeting:
    """The server's first line. `code` as in Reply."""

    ok: bool
    text: bytes
    code: str = ""


@frozen
class Reply:
    """The status line that answers `command`. `code` is its response code: `IN-USE`, `SYS/TEMP` … (RFC 2449 §8)."""

    command: Command
    ok: bool
    text: bytes
    code: str = ""


@frozen
class Challenge:
    """A SASL challenge, still in base64 (RFC 5034 §4)."""

    command: Command
    text: bytes


@frozen
class Lines:
    """The whole list that follows the Reply to `command`, without its line ends."""

    command: Command
    lines: tuple[bytes, ...] = field(repr=False)


@frozen
class Chunk:
    """A part of a message, dot-unstuffed; chunks break anywhere, even between CR and LF.

    `last`: the message is complete, for the server has sent CRLF . CRLF; only then `data` may be empty.
    """

    data: bytes = field(repr=False)
    last: bool = False


@frozen
class Broken:
    """The server breaks the protocol; the last event of a connection. `seen` is what it sent there, cut short."""

    reason: str
    seen: bytes = b""


Event = Greeting | Reply | Challenge | Lines | Chunk | Broken
