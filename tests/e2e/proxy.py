"""A proxy on loopback that writes down what a client says."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Tap:
    """`port` to connect to; `sent`: all that clients have said."""

    port: int = 0
    sent: bytearray = field(default_factory=bytearray)


@contextmanager
def recording(port: int, at: int = 0) -> Iterator[Tap]:
    """Passes connections on to `port` of loopback until the block ends, from the port `at` or any; then no more come,
    and those that are there end by themselves."""
    tap, ready, ended = Tap(), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            passing.add(asyncio.ensure_future(_passed(reader, writer, port, tap)))

        passing: set[asyncio.Future[None]] = set()
        async with await asyncio.start_server(accept, "127.0.0.1", at) as server:
            tap.port = server.sockets[0].getsockname()[1]
            ready.set()
            await ended.wait()
            server.close()
            await asyncio.gather(*passing, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield tap
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, tap: Tap) -> None:
    there, back = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(_copied(reader, back, tap.sent), _copied(there, writer, bytearray()))


async def _copied(source: asyncio.StreamReader, sink: asyncio.StreamWriter, record: bytearray) -> None:
    try:
        while chunk := await source.read(65_536):
            record += chunk
            sink.write(chunk)
            await sink.drain()
    except ConnectionError:
        pass  # who leaves in a hurry has said what he had to say
    finally:
        sink.close()
