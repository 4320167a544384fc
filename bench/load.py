"""A POP3 server that holds any number of maildrops in memory: `python bench/load.py MESSAGES OCTETS` prints its port.

Whoever logs in, with whatever password, has a maildrop of their own; when they first come it holds so many messages, of
about so many octets each. It is there for what a Maildir cannot hold in reasonable time; nothing in it is kept short.
"""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

END = b"\r\n.\r\n"


@contextmanager
def loaded(messages: int, octets: int) -> Iterator[int]:
    """The port of such a server, a process of its own, until the block ends."""
    command = [sys.executable, str(Path(__file__)), str(messages), str(octets)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


class Load:
    """What each maildrop holds when its user first comes, and which messages are gone since, by user."""

    def __init__(self, messages: int, octets: int) -> None:
        self.messages = messages
        self.body = (b"x" * 76 + b"\r\n") * max(1, (octets - 300) // 78)
        self.gone: dict[bytes, set[int]] = {}

    @cached_property
    def uids(self) -> list[bytes]:
        """The lines of UIDL."""
        return [b"%d %024x" % (number, number * 7919) for number in range(1, self.messages + 1)]

    @cached_property
    def sizes(self) -> list[bytes]:
        """The lines of LIST."""
        return [b"%d %d" % (number, self.size) for number in range(1, self.messages + 1)]

    @cached_property
    def size(self) -> int:
        """Octets of each message."""
        return len(self.message(1))

    @cached_property
    def lists(self) -> dict[bytes, bytes]:
        """The whole answers."""
        return {verb: _lines(lines) for verb, lines in ((b"UIDL", self.uids), (b"LIST", self.sizes))}

    def message(self, number: int) -> bytes:
        """All of one, the numbers written in ten digits so that each is as long as the other."""
        to = b"Delivered-To: user%d@customer.example" % (number % 10)
        head = b"Message-ID: <%010d@load.example>\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000" % number
        return b"%s\r\n%s\r\nFrom: a@elsewhere.example\r\nSubject: %010d\r\n\r\n%s" % (to, head, number, self.body)


class Session(asyncio.Protocol):
    """One connection; commands may come together (RFC 2449 §6.6)."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.pending = b""
        self.user = b""
        self.gone, self.marked = set[int](), set[int]()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"+OK ready\r\n")

    def data_received(self, data: bytes) -> None:
        *lines, self.pending = (self.pending + data).split(b"\r\n")
        self.transport.write(b"".join(map(self._answered, lines)))

    def _answered(self, line: bytes) -> bytes:
        verb, _, word = line.partition(b" ")
        answer = ANSWERS.get(verb.upper())
        return answer(self, word) if answer else b"-ERR unknown\r\n"

    def capa(self, _: bytes) -> bytes:
        return _lines([b"USER", b"TOP", b"UIDL", b"PIPELINING", b"RESP-CODES"])

    def name(self, user: bytes) -> bytes:
        self.user = user
        return b"+OK\r\n"

    def password(self, _: bytes) -> bytes:
        self.gone = self.load.gone.setdefault(self.user, set())
        return b"+OK\r\n"

    def stat(self, _: bytes) -> bytes:
        count = self.load.messages - len(self.gone)
        return b"+OK %d %d\r\n" % (count, count * self.load.size)

    def listed(self, verb: bytes, lines: list[bytes], word: bytes) -> bytes:
        if word:
            return b"+OK %s\r\n" % lines[int(word) - 1]
        if not self.gone:
            return self.load.lists[verb]
        return _lines(line for number, line in enumerate(lines, 1) if number not in self.gone)

    def retr(self, word: bytes) -> bytes:
        return b"+OK\r\n%s.\r\n" % self.load.message(int(word))

    def top(self, word: bytes) -> bytes:
        return b"+OK\r\n%s\r\n\r\n.\r\n" % self.load.message(int(word.split()[0])).partition(b"\r\n\r\n")[0]

    def dele(self, word: bytes) -> bytes:
        self.marked.add(int(word))
        return b"+OK\r\n"

    def quit(self, _: bytes) -> bytes:
        self.gone |= self.marked
        self.transport.write(b"+OK\r\n")
        self.transport.close()
        return b""


ANSWERS: dict[bytes, Callable[[Session, bytes], bytes]] = {
    b"CAPA": Session.capa,
    b"USER": Session.name,
    b"PASS": Session.password,
    b"STAT": Session.stat,
    b"UIDL": lambda session, word: session.listed(b"UIDL", session.load.uids, word),
    b"LIST": lambda session, word: session.listed(b"LIST", session.load.sizes, word),
    b"RETR": Session.retr,
    b"TOP": Session.top,
    b"DELE": Session.dele,
    b"QUIT": Session.quit,
    b"NOOP": lambda session, word: b"+OK\r\n",
}


def _lines(lines: Iterator[bytes] | list[bytes]) -> bytes:
    return b"\r\n".join([b"+OK", *lines]) + END


async def main(messages: int, octets: int) -> None:
    """Serves until it is ended."""
    load = Load(messages, octets)
    server = await asyncio.get_running_loop().create_server(lambda: Session(load), "127.0.0.1", 0, backlog=4096)
    async with server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
