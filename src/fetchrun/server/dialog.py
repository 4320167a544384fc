"""A dialog with one POP3 server: the stream and the protocol joined."""

import asyncio
from collections import deque

from fetchrun.pop3.command import Command
from fetchrun.pop3.connection import Connection
from fetchrun.pop3.event import Broken, Challenge, Chunk, Event, Greeting, Lines, Reply
from fetchrun.printable import printable
from fetchrun.server.refusal import refused, stranger
from fetchrun.server.stream import Stream
from fetchrun.trouble import Trouble

SESSION_SECONDS = 1800.0
"""After so long nothing new is asked for, and all answers together have to keep the pace."""


class Pace:
    """How fast an answer comes. Only time spent waiting for the server counts, and only after its first byte."""

    LEAST = 1024
    """Octets a second."""

    OVER = 60.0
    """Seconds of waiting over which that is measured."""

    def __init__(self) -> None:
        self._octets, self._waited = 0, 0.0

    def is_too_slow(self, octets: int, waited: float) -> bool:
        """Takes note of so many octets after so many seconds; whether that is less than anybody has to put up with."""
        self._octets += octets
        self._waited += waited
        if self._waited < self.OVER:
            return False
        too_slow = self._octets < self.LEAST * self._waited
        self.rest()
        return too_slow

    def rest(self) -> None:
        """An answer is complete; the next is measured by itself."""
        self._octets, self._waited = 0, 0.0


class Dialog:
    """What is said on one connection. What the server does wrong comes out as Trouble, with the step we are in.

    `failed`: that has happened, and the session must end without QUIT.
    """

    def __init__(self, stream: Stream, patience: float) -> None:
        self.stream = stream
        self.step = "connect"
        self.failed = False
        self._patience = patience
        self._connection = Connection()
        self._events: deque[Event] = deque()
        self._pace = Pace()
        self._now = asyncio.get_running_loop().time
        self._until = self._now() + SESSION_SECONDS

    @property
    def overdue(self) -> bool:
        """Whether the session has lasted so long that it is to end."""
        return self._now() > self._until

    def send(self, *commands: Command) -> None:
        """Says all of them in one go."""
        self.stream.write(b"".join([self._connection.send(each) for each in commands]))

    def respond(self, line: bytes) -> None:
        """Answers a Challenge."""
        self.stream.write(self._connection.respond(line))

    async def event(self) -> Event:
        """What comes next; never Broken."""
        while not self._events:
            await self._receive()
        event = self._events.popleft()
        if isinstance(event, Broken):
            raise self._breach(event)
        return event

    async def greeting(self) -> Greeting:
        """The first line."""
        event = await self.event()
        assert isinstance(event, Greeting)
        return event

    async def reply(self) -> Reply:
        """The next status line; only to be asked for between two answers."""
        event = await self.event()
        assert isinstance(event, Reply), event
        return event

    async def answer(self) -> Reply | Challenge:
        """The next status line or challenge."""
        event = await self.event()
        assert isinstance(event, Reply | Challenge)
        return event

    async def lists(self, *commands: Command) -> list[tuple[bytes, ...]]:
        """Says all of them in one go; the lists that their answers hold. Raises Trouble if one is a refusal."""
        await self._in_step()
        self.send(*commands)
        return [await self._lines() for _ in commands]

    async def chunk(self) -> Chunk:
        """The next part of the message that is coming in; only to be asked for until the last."""
        event = await self.event()
        assert isinstance(event, Chunk), event
        return event

    async def ask(self, command: Command) -> Reply:
        """Says one thing, and waits for its status line."""
        await self._in_step()
        self.send(command)
        return await self.reply()

    def broken_off(self, trouble: Trouble) -> Trouble:
        """Nothing more can be said here, for a reason of ours: the session must end without QUIT."""
        self.failed = True
        return trouble

    def refuse_injected(self) -> None:
        """Before a handshake nothing may have come that was not asked for (RFC 2595 §4; CVE-2021-39272)."""
        if self._events or self._connection.midway or self.stream.pending:
            sentence = f"{self.stream.where} put data in between STLS and the TLS handshake, as an attacker would"
            raise Trouble("tls", sentence, settings=("server", "tls"))

    def secured(self) -> None:
        """TLS is up after STLS."""
        self._connection.secured()

    async def _in_step(self) -> None:
        """Between two answers nothing can have come but trouble; then nothing more is said."""
        if self._events:
            await self.event()

    async def _lines(self) -> tuple[bytes, ...]:
        reply = await self.reply()
        if not reply.ok:
            raise refused(reply, self.step)
        event = await self.event()
        assert isinstance(event, Lines)
        return event.lines

    async def _receive(self) -> None:
        midway, since = self._connection.midway, self._now()
        data = await self._read()
        if not data:
            raise self._trouble(f"{self.stream.where} cut the connection")
        events = self._connection.receive(data)
        self._events.extend(events)
        if not self.overdue and (not midway or any(map(_completes, events))):
            self._pace.rest()
        elif self._pace.is_too_slow(len(data), self._now() - since):
            raise self._trouble(f"{self.stream.where} sends less than {Pace.LEAST} bytes a second")

    async def _read(self) -> bytes:
        try:
            return await self.stream.read(self._patience)
        except TimeoutError:
            raise self._trouble(f"{self.stream.where} was silent for {self._patience:g} seconds") from None

    def _breach(self, broken: Broken) -> Trouble:
        self.failed = True
        if self.step == "connect" and (known := stranger(broken.seen, self.stream.where)):
            return known
        seen = f", “{printable(broken.seen)}”" if broken.seen else ""
        return self._trouble(f"{self.stream.where} broke the protocol: {broken.reason}{seen}")

    def _trouble(self, sentence: str) -> Trouble:
        self.failed = True
        return Trouble(self.step, sentence)


def _completes(event: Event) -> bool:
    """Whether it is more than a part of a message: with its last part, and with all else, an answer ends or begins."""
    return not isinstance(event, Chunk) or event.last
