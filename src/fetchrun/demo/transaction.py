"""What a POP3 client may do once it is in (RFC 1939 §5, §6)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType

from fetchrun.demo import maildrop
from fetchrun.demo.maildrop import Message


class Refused(Exception):
    """The command is answered by `-ERR` and this text."""


class Transaction:
    """The maildrop as it was when the session began; messages marked by DELE go at `commit`, and not before."""

    def __init__(self, messages: tuple[Message, ...]) -> None:
        self._messages = messages
        self._marked: set[int] = set()

    def stat(self, _: str) -> Iterable[bytes]:
        there = [each for _, each in self._there()]
        return said(f"{len(there)} {sum(each.size for each in there)}")

    def list(self, rest: str) -> Iterable[bytes]:
        return self._scan(rest, lambda message: str(message.size))

    def uidl(self, rest: str) -> Iterable[bytes]:
        return self._scan(rest, lambda message: message.uid)

    def retr(self, rest: str) -> Iterable[bytes]:
        _, message = self._named(rest)
        return multi(f"{message.size} octets", maildrop.whole(message))

    def top(self, rest: str) -> Iterable[bytes]:
        number, _, count = rest.partition(" ")
        _, message = self._named(number)
        return multi("top of message follows", maildrop.top(message, _natural(count)))

    def dele(self, rest: str) -> Iterable[bytes]:
        number, _ = self._named(rest)
        self._marked.add(number)
        return said(f"message {number} marked")

    def rset(self, _: str) -> Iterable[bytes]:
        self._marked.clear()
        return said("nothing is marked")

    def noop(self, _: str) -> Iterable[bytes]:
        return said("still here")

    def commit(self) -> int:
        """The UPDATE state: what is marked goes. How many went."""
        for number in self._marked:
            with suppress(FileNotFoundError):
                self._messages[number - 1].path.unlink()
        return len(self._marked)

    def _there(self) -> Iterator[tuple[int, Message]]:
        return ((number, each) for number, each in enumerate(self._messages, 1) if number not in self._marked)

    def _named(self, text: str) -> tuple[int, Message]:
        number = _natural(text)
        if not 0 < number <= len(self._messages) or number in self._marked:
            raise Refused("no such message")
        return number, self._messages[number - 1]

    def _scan(self, rest: str, say: Callable[[Message], str]) -> Iterable[bytes]:
        if rest:
            number, message = self._named(rest)
            return said(f"{number} {say(message)}")
        return multi("listing follows", (f"{number} {say(each)}\r\n".encode() for number, each in self._there()))


COMMANDS: Mapping[str, Callable[[Transaction, str], Iterable[bytes]]] = MappingProxyType(
    {
        "STAT": Transaction.stat,
        "LIST": Transaction.list,
        "UIDL": Transaction.uidl,
        "RETR": Transaction.retr,
        "TOP": Transaction.top,
        "DELE": Transaction.dele,
        "RSET": Transaction.rset,
        "NOOP": Transaction.noop,
    }
)


def said(text: str) -> Iterable[bytes]:
    """A positive answer of one line."""
    return (f"+OK {text}\r\n".encode(),)


def multi(text: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A positive answer of several lines: `pieces` hold whole lines, dot-stuffed."""
    yield from said(text)
    yield from pieces
    yield b".\r\n"


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Refused("a number is missing")
    return int(text)
