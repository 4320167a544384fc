"""A stream of bytes to a server and back: TCP, then perhaps TLS."""

import asyncio
import errno
import os
import re
import socket
import ssl

from fetchrun.server.tls import handshake_trouble
from fetchrun.trouble import Trouble

BUFFER = 256 * 1024
GOODBYE_SECONDS = 2.0

UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}


class Stream(asyncio.BufferedProtocol):
    """One connection. What comes waits in one buffer of 256 KiB; while that is full the network is not read."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.secure = False
        self._view = memoryview(bytearray(BUFFER))
        self._filled = 0
        self._paused = self._ended = False
        self._waiter: asyncio.Future[None] | None = None
        self._gone = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport

    @property
    def pending(self) -> bool:
        """Whether bytes have come that nobody has read."""
        return self._filled > 0

    @property
    def tls(self) -> ssl.SSLObject:
        """What the handshake came to; only to be asked for when the stream is secure."""
        found = self._transport.get_extra_info("ssl_object")
        assert isinstance(found, ssl.SSLObject)
        return found

    @property
    def certificate(self) -> bytes:
        """The server's, in DER form; only to be asked for when the stream is secure."""
        return self.tls.getpeercert(binary_form=True) or b""

    async def read(self, patience: float) -> bytes:
        """What has come, at least one byte; nothing at the end. Raises TimeoutError after `patience` seconds."""
        if not self._filled and not self._ended:
            async with asyncio.timeout(patience):
                await self._arrival()
        data = bytes(self._view[: self._filled])
        self._filled = 0
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return data

    def write(self, data: bytes) -> None:
        """Sends, without waiting: what a client says is small."""
        self._transport.write(data)

    async def begin_tls(self, context: ssl.SSLContext, name: str, patience: float) -> None:
        """The handshake; the certificate must bear `name`. Raises Trouble."""
        if self._filled:
            raise Trouble(
                "tls", f"{self.where} sent data in the clear before the TLS handshake", settings=("tls", "server")
            )
        loop = asyncio.get_running_loop()
        try:
            made = await loop.start_tls(
                self._transport,
                self,
                context,
                server_hostname=name,
                ssl_handshake_timeout=patience,
                ssl_shutdown_timeout=GOODBYE_SECONDS,
            )
        except OSError as error:
            self._lose()
            raise handshake_trouble(error, self.where, name) from None
        if made is None:
            self._lose()
            raise handshake_trouble(ConnectionResetError(), self.where, name)
        self._transport, self.secure = made, True

    async def close(self) -> None:
        """Says goodbye, if TLS asks for it, and waits a little for the other side to do so."""
        self._transport.close()
        if not await self._is_gone():
            await self.abort()

    async def abort(self) -> None:
        """Drops the connection at once."""
        self._transport.abort()
        await self._is_gone()

    async def _is_gone(self) -> bool:
        return bool((await asyncio.wait([self._gone], timeout=GOODBYE_SECONDS))[0])

    async def _arrival(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _lose(self) -> None:
        self._ended = True
        if not self._gone.done():
            self._gone.set_result(None)
        self._wake()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        self._filled += nbytes
        if self._filled == BUFFER:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose()


async def connected(host: str, port: int, patience: float) -> Stream:
    """A connection to the server, still in the clear. Raises Trouble: no such host, refused, unreachable …"""
    where = f"{host}:{port}"
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(patience):
            _, stream = await loop.create_connection(lambda: Stream(where), host, port, happy_eyeballs_delay=0.25)
    except (OSError, UnicodeError) as error:
        raise _trouble(_why(error, host, where, patience)) from None
    return stream


def _why(error: OSError | UnicodeError, host: str, where: str, patience: float) -> str:
    if isinstance(error, TimeoutError) and error.errno is None:
        return f"{where} did not answer within {patience:g} seconds"
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return f"the name {host} could not be looked up: no name server answered"
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"there is no host with the name {host}"
    numbers = _numbers(error)
    if errno.ECONNRESET in numbers:
        return f"{where} cut the connection"
    if errno.ECONNREFUSED in numbers:
        return f"{where} refused the connection"
    if numbers & UNREACHABLE:
        return f"{where} cannot be reached from here"
    if errno.ETIMEDOUT in numbers:
        return f"{where} did not answer"
    why = " and ".join(os.strerror(each).lower() for each in sorted(numbers)) or type(error).__name__
    return f"{where} cannot be connected to: {why}"


def _numbers(error: OSError | UnicodeError) -> set[int]:
    """Python 3.11 melts the errors of several addresses into one text; the numbers are still in it."""
    number = getattr(error, "errno", None)
    return {number} if number else {int(each) for each in re.findall(r"\[Errno (\d+)\]", str(error))}


def _trouble(sentence: str) -> Trouble:
    return Trouble("connect", sentence, settings=("server",))
