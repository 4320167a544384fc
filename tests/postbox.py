"""A POP3 server on loopback that lacks what it is told to lack, and keeps every command that it hears."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from wire import listening


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


def _lines(lines: Iterable[str]) -> bytes:
    return b"+OK\r\n" + b"".join(f"{each}\r\n".encode() for each in lines) + b".\r\n"
