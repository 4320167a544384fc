"""A POP3 server over a folder: for the demonstration and for tests."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext

from fetchrun.demo.dialogue import Dialogue, Mailbox

HOST = "127.0.0.1"
MAX_LINE = 512
IDLE = 600.0
"""Seconds a client may be silent (RFC 1939 §3)."""


@asynccontextmanager
async def serving(
    folder: Path,
    tls: SSLContext | None = None,
    *,
    implicit: bool = True,
    user: str = "demo",
    password: str = "demo",  # noqa: S107
    port: int = 0,
) -> AsyncIterator[int]:
    """A server over `folder` while the context lasts; the port it took, on loopback: `port` if it is free.

    With `tls` it speaks TLS from the first byte, or with `implicit` off after STLS; without `tls` in the clear.
    """
    door = _Door(Mailbox(folder, user, password), tls, implicit)
    server = await _listening(door, port, tls if implicit else None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await door.shut()


async def _listening(door: "_Door", port: int, tls: SSLContext | None) -> asyncio.Server:
    try:
        return await asyncio.start_server(door.open, HOST, port, ssl=tls)
    except (OSError, OverflowError):
        return await asyncio.start_server(door.open, HOST, 0, ssl=tls)


@dataclass
class _Door:
    """Lets clients in, each to its own dialogue, and puts them out at the end."""

    mailbox: Mailbox
    tls: SSLContext | None
    implicit: bool
    talks: dict[asyncio.Task[None], StreamWriter] = field(default_factory=dict)

    async def open(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.talks[task] = writer
        stls = self.tls if not self.implicit else None
        dialogue = Dialogue(self.mailbox, tls=self.tls is not None and self.implicit, stls=stls is not None)
        try:
            with suppress(OSError, TimeoutError):  # the client's line, a cut one included, is the client's affair
                await _talk(dialogue, reader, writer, stls)
        finally:
            del self.talks[task]
            dialogue.close()
            writer.close()

    async def shut(self) -> None:
        for writer in self.talks.values():
            writer.transport.abort()
        await asyncio.gather(*self.talks, return_exceptions=True)


async def _talk(dialogue: Dialogue, reader: StreamReader, writer: StreamWriter, tls: SSLContext | None) -> None:
    writer.write(b"+OK fetchrun demonstration server ready\r\n")
    unread = b""
    while not dialogue.over:
        line, end, unread = unread.partition(b"\n")
        if end:
            await _say(dialogue, line.removesuffix(b"\r"), writer)
        elif len(line) > MAX_LINE or not (more := await _read(reader)):
            return
        else:
            unread = line + more
        if dialogue.begins_tls and tls is not None:
            if unread:
                return  # commands sent ahead of the handshake: somebody sits in the line
            await writer.start_tls(tls)
            dialogue.tls_began()


async def _read(reader: StreamReader) -> bytes:
    async with asyncio.timeout(IDLE):
        return await reader.read(4096)


async def _say(dialogue: Dialogue, line: bytes, writer: StreamWriter) -> None:
    for piece in dialogue.answer(line):
        writer.write(piece)
        await writer.drain()
