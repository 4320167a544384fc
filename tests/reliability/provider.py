"""A POP3 server for many maildrops, in a thread of its own; it can be told to fail."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

Fault = Literal["cut", "refuse", "stall"]


@dataclass
class Provider:
    """`maildrops`: the messages by user and uid, CRLF at each line's end; any password will do.

    `fault` is asked at each command, with the user if he is known. What stalls says nothing for `stalled` seconds, and
    then hangs up.
    """

    maildrops: dict[str, dict[str, bytes]] = field(default_factory=dict)
    fault: Callable[[str, str], Fault | None] = lambda user, verb: None
    stalled: float = 1.0
    port: int = 0
    sessions: int = 0
    faults: int = 0

    @contextmanager
    def serving(self) -> Iterator["Provider"]:
        """Listens until the block ends."""
        loop, ready, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

        async def serve() -> None:
            server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=1000)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            await over.wait()
            server.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
        thread.start()
        ready.wait()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(over.set)
            thread.join()
            loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sessions += 1
        try:
            with suppress(ConnectionError):
                await self._talk(_Session(self.maildrops), reader, writer)
        finally:
            writer.transport.abort()

    async def _talk(self, session: "_Session", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+OK ready\r\n")
        while line := await reader.readline():
            verb, *words = line.decode().split()
            fault = self.fault(session.user, verb.upper())
            self.faults += fault is not None
            if fault == "stall":
                await asyncio.sleep(self.stalled)
            if fault in ("cut", "stall"):
                return
            writer.write(b"-ERR not now\r\n" if fault else session.answer(verb.upper(), words))
            await writer.drain()
            if verb.upper() == "QUIT":
                writer.close()
                return


class _Session:
    def __init__(self, maildrops: dict[str, dict[str, bytes]]) -> None:
        self.user = ""
        self._maildrops = maildrops
        self._maildrop: dict[str, bytes] = {}
        self._there: dict[int, str] = {}
        self._marked: set[int] = set()

    def answer(self, verb: str, words: list[str]) -> bytes:
        match verb:
            case "CAPA":
                return _lines(("USER", "TOP", "UIDL", "PIPELINING"))
            case "USER":
                self.user = words[0]
                self._maildrop = self._maildrops.setdefault(self.user, {})
            case "PASS":
                self._there = dict(enumerate(self._maildrop, 1))
            case "STAT":
                return f"+OK {len(self._there)} {sum(len(self._message(each)) for each in self._there)}\r\n".encode()
            case "LIST":
                return _lines(f"{each} {len(self._message(each))}" for each in self._there)
            case "UIDL":
                return _lines(f"{each} {uid}" for each, uid in self._there.items())
            case "TOP":
                return _message(self._message(int(words[0])).partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
            case "RETR":
                return _message(self._message(int(words[0])))
            case "DELE":
                self._marked.add(int(words[0]))
            case "QUIT":
                for each in self._marked:
                    self._maildrop.pop(self._there[each], None)
            case "NOOP":
                pass
            case _:
                return b"-ERR unknown\r\n"
        return b"+OK\r\n"

    def _message(self, number: int) -> bytes:
        return self._maildrop[self._there[number]]


def _lines(lines: Iterable[str]) -> bytes:
    return b"+OK\r\n" + b"".join(f"{each}\r\n".encode() for each in lines) + b".\r\n"


def _message(message: bytes) -> bytes:
    stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in message.split(b"\r\n"))
    return b"+OK\r\n" + stuffed + b".\r\n"
