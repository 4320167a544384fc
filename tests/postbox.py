"""A POP3 server on loopback that lacks what it is told to lack, and keeps every command that it hears."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fetchrun.memory.clock import Moment
from fetchrun.memory.ledger import Ledger
from fetchrun.office import Office
from fetchrun.once import once
from fetchrun.progress import Silent
from fetchrun.summary import Summary
from in_memory import program
from sortlang.program import Program
from wire import listening

NOW = 1_700_000_000.0


@dataclass
class Postbox:
    """`messages` as they go over the wire, CRLF at each line's end; QUIT deletes what is marked, if it is answered.

    `offers`: the lines of CAPA. `lacks`: verbs that it does not know. `cuts`: verbs at which it hangs up.
    """

    messages: list[bytes] = field(default_factory=list)
    offers: tuple[str, ...] = ("USER", "TOP", "UIDL", "PIPELINING")
    lacks: set[str] = field(default_factory=set)
    cuts: set[str] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)

    def verbs(self) -> list[str]:
        """What was said since the last login."""
        verbs = [each.split(" ")[0] for each in self.commands]
        return verbs[len(verbs) - verbs[::-1].index("PASS") :]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """Listens until the block ends; the port."""
        async with listening(self._talk) as port:
            yield port

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = dict(enumerate(self.messages, 1))
        writer.write(b"+OK ready\r\n")
        while line := await reader.readline():
            verb, *words = line.decode().split()
            self.commands.append(line.decode().strip())
            if verb in self.cuts:
                return
            writer.write(b"-ERR unknown\r\n" if verb in self.lacks else self._answer(verb, words, there))
            await writer.drain()

    def _answer(self, verb: str, words: list[str], there: dict[int, bytes]) -> bytes:
        match verb:
            case "CAPA":
                return _lines(self.offers)
            case "STAT":
                return f"+OK {len(there)} {sum(map(len, there.values()))}\r\n".encode()
            case "LIST":
                return _lines(f"{number} {len(message)}" for number, message in there.items())
            case "UIDL":
                return _lines(f"{number} {hash(message) % 10**12:x}" for number, message in there.items())
            case "TOP":
                return b"+OK\r\n" + there[int(words[0])].partition(b"\r\n\r\n")[0] + b"\r\n\r\n.\r\n"
            case "RETR":
                return b"+OK\r\n" + there[int(words[0])] + b".\r\n"
            case "DELE":
                del there[int(words[0])]
            case "QUIT":
                self.messages[:] = there.values()
        return b"+OK\r\n"


class Desk:
    """An account at a postbox, and all that it ever delivered."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("P", "secret")
        self.folder, self.now = folder, NOW
        self.moment: Callable[[float], Moment] | None = None
        self.all_at_once = False

    def polled(self, postbox: Postbox, settings: str = "") -> Summary:
        """One session."""
        return asyncio.run(self._polled(postbox, settings))

    async def _polled(self, postbox: Postbox, settings: str) -> Summary:
        async with postbox.serving() as port:
            account = f'account "a" < server "localhost" port {port}; tls off; user "u"; password env "P"; {settings} >'
            rules = program(f'{account}\nsort "*@ex.com" -> "*@ex.com"; sort * -> all@ex.com;\n')
            rules = replace(rules, digested=settings)  # the port is another each time, and is no change
            ledger = Ledger(self.folder)
            try:
                (summary,) = await once(self._office(rules, ledger))
            finally:
                ledger.close()
        self.now += 7200
        return summary

    def _office(self, rules: Program, ledger: Ledger) -> Office:
        office = Office(rules, ledger, self.folder, lambda: self.now, Silent())
        return replace(office, moment=self.moment, all_at_once=self.all_at_once)

    def bodies(self) -> list[bytes]:
        """What was delivered, without the headers."""
        files = self.folder.glob("mail/ex.com/anna/new/*")
        return sorted(each.read_bytes().partition(b"\n\n")[2] for each in files)


def letter(number: int, body: bytes = b"hello\r\n") -> bytes:
    """A message for anna."""
    return b"Message-ID: <%d@ex.org>\r\nTo: anna@ex.com\r\n\r\n" % number + body


def _lines(lines: Iterable[str]) -> bytes:
    return b"+OK\r\n" + b"".join(f"{each}\r\n".encode() for each in lines) + b".\r\n"
