"""A TCP proxy on loopback that does one thing wrong, at one octet of a connection."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from reliability.hostile.script import reset

Kind = Literal["none", "cut", "reset", "blackhole", "drip", "delay"]
PAUSE = 0.02


@dataclass
class Proxy:
    """When `at` octets have gone to the client (or `to_server`): `cut` closes both sides, `reset` resets them,
    `blackhole` says nothing more, `delay` waits for a moment, `drip` passes the next forty octets one by one.

    `passed`: octets to the client and to the server, of the last connection.
    """

    target: int
    kind: Kind = "none"
    at: int = 0
    to_server: bool = False
    port: int = 0
    passed: tuple[int, int] = (0, 0)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Until the block ends; its port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        self.passed = (0, 0)
        ways = (self._pass(reader, back, writer, 1), self._pass(there, writer, back, 0))
        try:
            await asyncio.wait([asyncio.ensure_future(each) for each in ways], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (writer, back):
                with contextlib.suppress(OSError):
                    each.close()

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, other: asyncio.StreamWriter, way: int
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(1 << 16):
                room = self.at - self.passed[way]
                if self.kind != "none" and way == self.to_server and 0 <= room <= len(data):
                    await _say(data[:room], sink)
                    data = data[room:]
                    if await self._fault(data, source, sink, other):
                        return
                    self._count(room, way)
                    data = b"" if self.kind == "drip" else data
                await _say(data, sink)
                self._count(len(data), way)

    async def _fault(
        self, data: bytes, source: asyncio.StreamReader, sink: asyncio.StreamWriter, other: asyncio.StreamWriter
    ) -> bool:
        """Whether that was the end."""
        match self.kind:
            case "reset":
                reset(sink)
                reset(other)
            case "blackhole":
                await source.read()  # until somebody has had enough
            case "delay":
                await asyncio.sleep(PAUSE)
            case "drip":
                for at in range(min(40, len(data))):
                    await _say(data[at : at + 1], sink)
                    await asyncio.sleep(PAUSE / 10)
                await _say(data[40:], sink)
        return self.kind in ("cut", "reset", "blackhole")

    def _count(self, octets: int, way: int) -> None:
        to_client, to_server = self.passed
        self.passed = (to_client, to_server + octets) if way else (to_client + octets, to_server)


async def _say(data: bytes, sink: asyncio.StreamWriter) -> None:
    if data:
        sink.write(data)
        await sink.drain()
