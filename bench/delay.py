"""A round-trip time on loopback: `python bench/delay.py TARGET-PORT MILLISECONDS` prints the port to connect to."""

import asyncio
import sys

BLOCK = 1 << 16
HELD = 64 << 20
"""Octets on their way in one direction of one connection; what a fast network and a long one hold."""


async def main(target: int, milliseconds: float) -> None:
    """Passes every connection on to `target`; what is said arrives half a round trip later, in both directions."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", target, limit=1 << 20)
        late = milliseconds / 2000
        await asyncio.gather(_delayed(reader, back, late), _delayed(there, writer, late), return_exceptions=True)

    async with await asyncio.start_server(accept, "127.0.0.1", 0, limit=1 << 20, backlog=1024) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


async def _delayed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, late: float) -> None:
    """Each block is written `late` seconds after it came; the bandwidth is not bounded."""
    loop = asyncio.get_running_loop()
    line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(HELD // BLOCK)

    async def read() -> None:
        block = b"?"
        while block:
            block = await reader.read(BLOCK)
            await line.put((loop.time() + late, block))

    reading = asyncio.create_task(read())
    try:
        while True:
            due, block = await line.get()
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            if not block:
                return
            writer.write(block)
            await writer.drain()
    finally:
        reading.cancel()
        writer.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
