"""The other end of the wire: scripted servers, and a proxy that keeps what passes."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Wire:
    """What went over it, by direction, and where it can be reached."""

    port: int = 0
    to_server: bytearray = field(default_factory=bytearray)
    to_client: bytearray = field(default_factory=bytearray)
    connections: int = 0


@dataclass(frozen=True)
class Line:
    """One step of a script: the client says `text`, the server does, or the server hangs up."""

    who: Literal["client", "server", "cut"]
    text: bytes = b""


@asynccontextmanager
async def listening(talk: Talk, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on loopback whose every connection is `talk`; its port. What `talk` raises is raised at the end."""
    failures: list[BaseException] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client may leave whenever it likes
        except Exception as failure:
            failures.append(failure)
        finally:
            writer.transport.abort()

    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.ensure_future(serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context, limit=1 << 20)
    try:
        yield server.sockets[0].getsockname()[1]
        await asyncio.wait(tasks, timeout=10) if tasks else None
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if failures:
        raise failures[0]


@asynccontextmanager
async def scripted(script: Sequence[Line], *, drip: bool = False) -> AsyncIterator[int]:
    """A server that says its lines when the client has said its own, exactly; then the client must have nothing to add.

    `drip`: it says them octet by octet.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, line in enumerate(script):
            if line.who == "cut":
                return
            if line.who == "client":
                heard = await reader.readuntil(b"\r\n")
                assert heard == line.text, f"line {number}: {heard!r} instead of {line.text!r}"
            else:
                await _say(writer, line.text, drip=drip)
        rest = await reader.read()
        assert rest == b"", f"the client adds {rest!r}"

    async with listening(_strictly(talk)) as port:
        yield port


def _strictly(talk: Talk) -> Talk:
    """A client that leaves in the middle of a script has not kept to it."""

    async def strict(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except asyncio.IncompleteReadError as missing:
            raise AssertionError(f"the client left early, after {missing.partial!r}") from None

    return strict


async def _say(writer: asyncio.StreamWriter, text: bytes, *, drip: bool) -> None:
    for start in range(len(text)) if drip else ():
        writer.write(text[start : start + 1])
        await asyncio.sleep(0)
    if not drip:
        writer.write(text)
    await writer.drain()


@asynccontextmanager
async def proxy(host: str, port: int) -> AsyncIterator[Wire]:
    """Passes everything on to a server, both ways, and keeps it."""
    wire = Wire()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire.connections += 1
        there_reader, there_writer = await asyncio.open_connection(host, port)
        try:
            await asyncio.gather(
                _pass_on(reader, there_writer, wire.to_server), _pass_on(there_reader, writer, wire.to_client)
            )
        finally:
            there_writer.transport.abort()

    async with listening(talk) as wire.port:
        yield wire


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: bytearray) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            kept += data
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(ConnectionError, OSError):
        writer.write_eof() if writer.can_write_eof() else writer.close()
