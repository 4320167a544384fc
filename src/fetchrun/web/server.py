"""A small HTTP/1.1 server: GET, three paths, one answer a connection."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

from fetchrun.web.listen import Listen
from fetchrun.web.metrics import metrics
from fetchrun.web.page import POLICY, page
from fetchrun.web.view import View
from sortlang.frozen import frozen

MAX_HEAD = 8 << 10
SECONDS = 5.0
"""So long a client has for its request, and again to take the answer."""

AT_A_TIME = 32
FRESH_SECONDS = 2.0
"""So old a view may be; however often somebody asks, the disk is looked at no oftener."""

TEXT, HTML, PROMETHEUS = "text/plain; charset=utf-8", "text/html; charset=utf-8", "text/plain; version=0.0.4"
_REQUEST = re.compile(rb"(GET|HEAD|[A-Z]{1,20}) (/[!-~]{0,1000}) HTTP/1\.[01]\r?\n")
_HOST = re.compile(rb"\nhost:[ \t]*([^\r\n]*?)[ \t]*\r?\n", re.IGNORECASE)
_HEADERS = (
    f"Content-Security-Policy: {POLICY}\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
    "Cache-Control: no-store\r\nConnection: close\r\n"
)


@asynccontextmanager
async def serving(listen: Listen, look: Callable[[], View]) -> AsyncIterator[int]:
    """Answers while the context lasts; yields the port. `look` is called in a thread. Raises OSError: it is taken."""
    desk = _Desk(listen, look)
    server = await asyncio.start_server(desk.open, listen.host, listen.port, limit=MAX_HEAD)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await desk.shut()


@frozen
class Answer:
    """A status line without the version, the media type, the body."""

    status: str
    kind: str
    body: str


@dataclass
class _Desk:
    listen: Listen
    look: Callable[[], View]
    talks: set["asyncio.Task[None]"] = field(default_factory=set)
    seen: View | None = None
    seen_at: float = 0.0
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self.talks) >= AT_A_TIME:
            writer.transport.abort()
            return
        self.talks.add(task)
        try:
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._talk(reader, writer)
        finally:
            self.talks.discard(task)
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    async def shut(self) -> None:
        for task in self.talks:
            task.cancel()
        await asyncio.gather(*self.talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(SECONDS):
            request = await reader.readuntil(b"\r\n\r\n")
        answer = await self._answer(request)
        body = answer.body.encode("utf-8", "backslashreplace")
        head = (
            f"HTTP/1.1 {answer.status}\r\nContent-Type: {answer.kind}\r\nContent-Length: {len(body)}\r\n{_HEADERS}\r\n"
        )
        async with asyncio.timeout(SECONDS):
            writer.write(head.encode("ascii") + (b"" if request.startswith(b"HEAD ") else body))
            await writer.drain()

    async def _answer(self, request: bytes) -> Answer:
        found = _REQUEST.match(request)
        if not found:
            return Answer("400 Bad Request", TEXT, "this is no request\n")
        if found[1] not in (b"GET", b"HEAD"):
            return Answer("405 Method Not Allowed", TEXT, "GET alone\n")
        if self.listen.loopback and not _local(request):
            return Answer("421 Misdirected Request", TEXT, "ask for this machine by its own name\n")
        make = _PATHS.get(found[2].partition(b"?")[0])
        return make(await self._view()) if make else Answer("404 Not Found", TEXT, "there are /, /metrics, /health\n")

    async def _view(self) -> View:
        """A fresh look, once for all who ask at the same time."""
        async with self.looking:
            now = asyncio.get_running_loop().time()
            if self.seen is None or now - self.seen_at > FRESH_SECONDS:
                self.seen = await asyncio.to_thread(self.look)
                self.seen_at = now
            return self.seen


def _local(request: bytes) -> bool:
    """Whether the client means this machine: a page from elsewhere may have had its name point here."""
    found = _HOST.search(request)
    name = found[1].decode("latin-1").lower() if found else ""
    host = re.sub(r":\d+\Z", "", name).removeprefix("[").removesuffix("]")
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _health(view: View) -> Answer:
    """Whether this process does its work; that a provider is down is no reason to start it anew."""
    disk = view.condition.disk
    return Answer("503 Service Unavailable", TEXT, f"{disk.sentence}\n") if disk else Answer("200 OK", TEXT, "ok\n")


_PATHS: dict[bytes, Callable[[View], Answer]] = {
    b"/": lambda view: Answer("200 OK", HTML, page(view)),
    b"/metrics": lambda view: Answer("200 OK", PROMETHEUS, metrics(view)),
    b"/health": _health,
}
