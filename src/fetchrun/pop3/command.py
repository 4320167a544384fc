"""Commands: what a client says, and the shape of the answer it expects."""

from dataclasses import field
from enum import Enum

from sortlang.frozen import frozen

MAX_LINE = 255
"""Octets of a command with its CRLF (RFC 2449 §4)."""

MAX_LIST_LINES = 1_000_000
FORBIDDEN = b"\r\n\0"


class Shape(Enum):
    """What a positive answer consists of."""

    LINE = "a status line"
    LIST = "a status line and a list, kept whole"
    MESSAGE = "a status line and a message, streamed"
    SASL = "challenges, then a status line"


class InvalidCommand(ValueError):
    """An argument that cannot be sent; says why, never the argument."""


@frozen
class Command:
    """One command. `line` ends with CRLF and may hold a secret, so it is never shown; `most_lines` bounds a list."""

    verb: str
    line: bytes = field(repr=False)
    shape: Shape = Shape.LINE
    most_lines: int = MAX_LIST_LINES


def capa() -> Command:
    """What the server can do (RFC 2449 §5)."""
    return _command("CAPA", shape=Shape.LIST, most_lines=1_000)


def stls() -> Command:
    """Begin TLS (RFC 2595 §4)."""
    return _command("STLS")


def utf8() -> Command:
    """From now on mail may come with UTF-8 in its header; only before the login (RFC 6856 §2)."""
    return _command("UTF8")


def user(name: str) -> Command:
    """RFC 1939 §7; raises InvalidCommand."""
    return _command("USER", name.encode())


def password(secret: str) -> Command:
    """PASS, RFC 1939 §7; raises InvalidCommand, which does not hold the secret."""
    return _command("PASS", secret.encode())


def apop(name: str, digest: str) -> Command:
    """RFC 1939 §7; raises InvalidCommand."""
    return _command("APOP", name.encode(), digest.encode())


def auth(mechanism: str, initial: bytes | None = None) -> Command:
    """AUTH, with an initial response in base64 if there is one (RFC 5034 §4); raises InvalidCommand."""
    arguments = (mechanism.encode(),) if initial is None else (mechanism.encode(), initial or b"=")
    return _command("AUTH", *arguments, shape=Shape.SASL)


def stat() -> Command:
    """How many messages, how many octets (RFC 1939 §5)."""
    return _command("STAT")


def listing(most_lines: int = MAX_LIST_LINES) -> Command:
    """LIST: number and size of each message (RFC 1939 §5)."""
    return _command("LIST", shape=Shape.LIST, most_lines=most_lines)


def uidl(most_lines: int = MAX_LIST_LINES) -> Command:
    """Number and unique id of each message (RFC 1939 §7)."""
    return _command("UIDL", shape=Shape.LIST, most_lines=most_lines)


def retr(number: int) -> Command:
    """A whole message (RFC 1939 §5)."""
    return Command("RETR", b"RETR %d\r\n" % number, Shape.MESSAGE)  # a number needs no check


def top(number: int, lines: int = 0) -> Command:
    """The header of a message and so many lines of its body (RFC 1939 §7)."""
    return _command("TOP", b"%d %d" % (number, lines), shape=Shape.MESSAGE)


def dele(number: int) -> Command:
    """Mark a message as deleted; it goes at QUIT (RFC 1939 §5)."""
    return Command("DELE", b"DELE %d\r\n" % number)


def noop() -> Command:
    """Nothing, and an answer (RFC 1939 §5)."""
    return _command("NOOP")


def quit_() -> Command:
    """Enter the UPDATE state: what is marked goes (RFC 1939 §6)."""
    return _command("QUIT")


def _command(verb: str, *arguments: bytes, shape: Shape = Shape.LINE, most_lines: int = MAX_LIST_LINES) -> Command:
    line = b" ".join((verb.encode(), *arguments)) + b"\r\n"
    if any(letter in FORBIDDEN for argument in arguments for letter in argument):
        raise InvalidCommand(f"the argument of {verb} holds a line break or NUL")
    if len(line) > MAX_LINE:
        raise InvalidCommand(f"the argument of {verb} is too long: a line has at most {MAX_LINE} octets")
    return Command(verb, line, shape, most_lines)
