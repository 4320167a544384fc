"""One POP3 connection: commands and received bytes in, events out."""

import re
from collections import deque
from collections.abc import Callable

from fetchrun.pop3.command import Command, Shape
from fetchrun.pop3.event import Broken, Challenge, Chunk, Event, Greeting, Lines, Reply
from fetchrun.pop3.state import AFTER, ALLOWED, TURNING, State
from fetchrun.pop3.stuffing import CRLF, unstuffed

MAX_LINE = 8 * 1024
MAX_LIST = 64 * 1024 * 1024
_CODE = re.compile(rb"\[([A-Z0-9][A-Z0-9/.-]{0,63})\]", re.IGNORECASE)


class Misuse(Exception):
    """We said something that the state does not allow: our mistake, not the server's."""


class _Breach(Exception):
    """The server broke the protocol: (reason, what it sent)."""


class Connection:
    """The client's side of RFC 1939, RFC 2449, RFC 2595 and RFC 5034. It opens no socket: the caller moves the bytes.

    Commands may be pipelined; answers are matched in the order of the commands. After a `Broken` event the connection
    is of no more use. Bounds: a line 8 KiB, a list 64 MiB and `Command.most_lines`; a message streams, and what
    is held of it is never more than the bytes of one `receive`.
    """

    def __init__(self) -> None:
        self.state = State.GREETING
        self._expected: deque[Command] = deque()
        self._buffer = b""
        self._at = 0
        self._step: Callable[[], tuple[Event, ...]] = self._status
        self._to_skip = 0
        self._list: list[bytes] = []
        self._list_size = 0
        self._unended = b""

    @property
    def in_flight(self) -> int:
        """Commands not yet answered in full."""
        return len(self._expected)

    @property
    def midway(self) -> bool:
        """Whether an answer has begun and not ended."""
        return self._at < len(self._buffer) or self._step != self._status

    def send(self, command: Command) -> bytes:
        """The bytes to send for a command; its answer is expected from now on. Raises Misuse."""
        if command.verb not in ALLOWED[self.state]:
            raise Misuse(f"{command.verb} is not allowed in the state {self.state}")
        if self._expected and (command.verb in TURNING - {"QUIT"} or self._expected[-1].verb in TURNING):
            raise Misuse(f"{command.verb} cannot be pipelined behind {self._expected[-1].verb}")
        self._expected.append(command)
        return command.line

    def respond(self, response: bytes) -> bytes:
        """The bytes to send for the answer to a Challenge; `response` in base64, or `*` to give up (RFC 5034 §4)."""
        if not self._expected or self._expected[0].shape is not Shape.SASL or set(response) & set(b"\r\n\0"):
            raise Misuse("a response needs a challenge, and is one line")
        return response + CRLF

    def secured(self) -> None:
        """TLS is up after STLS: everything learnt so far is to be asked again (RFC 2595 §4)."""
        if self.state is not State.HANDSHAKE:
            raise Misuse("no handshake was asked for")
        self.state = State.AUTHORIZATION

    def receive(self, data: bytes) -> list[Event]:
        """What the bytes mean, with what was left of earlier ones. Never raises: a breach is a `Broken` event."""
        if self._step == self._dead:
            return []
        self._buffer, self._at = self._buffer[self._at :] + data, 0
        events: list[Event] = []
        try:
            while more := self._step():
                events.extend(more)
        except _Breach as breach:
            self._step = self._dead
            events.append(Broken(*breach.args))
        return events

    def _dead(self) -> tuple[Event, ...]:
        return ()  # pragma: no cover — a mark: `receive` looks for it and does not call it

    def _status(self) -> tuple[Event, ...]:
        if self._at == len(self._buffer):
            return ()
        self._refuse_surplus()
        end = self._buffer.find(b"\n", self._at)
        if end < 0 or end - self._at >= MAX_LINE:
            return self._unfinished_status()
        if end == self._at or self._buffer[end - 1] != ord("\r"):
            raise _Breach("a status line does not end with CR LF", self._seen())
        line = self._buffer[self._at : end - 1]
        self._at = end + 1
        return self._greeted(line) if self.state is State.GREETING else self._answered(line)

    def _refuse_surplus(self) -> None:
        """Bytes that nobody asked for: an attack or a desynchronised server; all later answers would be wrong."""
        if self.state is State.HANDSHAKE:
            raise _Breach("data was put in between STLS and the handshake", self._seen())
        if not self._expected and self.state is not State.GREETING:
            raise _Breach("the server sent more than it was asked for", self._seen())
        if self._buffer[self._at] not in b"+-":
            raise _Breach("that is no POP3 answer", self._seen())

    def _unfinished_status(self) -> tuple[Event, ...]:
        if len(self._buffer) - self._at > MAX_LINE:
            raise _Breach("a status line has no end", self._seen())
        return ()

    def _seen(self) -> bytes:
        """What came, up to the end of its line; one octet of it is enough to go wrong, so it is for people only."""
        return self._buffer[self._at : self._at + 80].split(b"\n")[0].removesuffix(b"\r")

    def _greeted(self, line: bytes) -> tuple[Event, ...]:
        ok, text = _parsed(line)
        self.state = State.AUTHORIZATION if ok else State.CLOSED
        return (Greeting(ok, text, _code(text)),)

    def _answered(self, line: bytes) -> tuple[Event, ...]:
        command = self._expected[0]
        if command.shape is Shape.SASL and (line == b"+" or line.startswith(b"+ ")):
            return (Challenge(command, line[2:]),)
        ok, text = _parsed(line)
        if not ok or command.shape in (Shape.LINE, Shape.SASL):
            self._expected.popleft()
            self.state = AFTER.get(command.verb, self.state) if ok else self.state
        else:
            self._begin(command.shape)
        return (Reply(command, ok, text, _code(text)),)

    def _begin(self, shape: Shape) -> None:
        """A multi-line answer begins with the CRLF of its status line, which is not part of it."""
        self._at, self._to_skip = self._at - len(CRLF), len(CRLF)
        self._step = self._message if shape is Shape.MESSAGE else self._lines

    def _message(self) -> tuple[Event, ...]:
        text, ended = self._text()
        if ended:
            self._end()
        return (Chunk(text, ended),) if text or ended else ()

    def _lines(self) -> tuple[Event, ...]:
        text, ended = self._text()
        lines = (self._unended + text).split(CRLF)
        self._refuse_long(lines)
        self._unended = lines.pop()
        self._list += lines
        self._list_size += len(text)
        if self._list_size > MAX_LIST or len(self._list) > self._expected[0].most_lines:
            raise _Breach(f"the answer to {self._expected[0].verb} is longer than it can be", b"")
        return (self._whole_list(),) if ended else ()

    def _refuse_long(self, lines: list[bytes]) -> None:
        longest = max(lines, key=len)
        if len(longest) > MAX_LINE:
            raise _Breach(f"a line of the answer to {self._expected[0].verb} is too long", longest[:80])

    def _whole_list(self) -> Lines:
        lines, self._list, self._list_size = tuple(self._list), [], 0
        return Lines(self._end(), lines)

    def _text(self) -> tuple[bytes, bool]:
        text, self._at, ended = unstuffed(self._buffer, self._at)
        if self._to_skip and text:
            text, self._to_skip = text[self._to_skip :], 0
        return text, ended

    def _end(self) -> Command:
        self._step = self._status
        return self._expected.popleft()


def _parsed(line: bytes) -> tuple[bool, bytes]:
    word, _, text = line.partition(b" ")
    if word not in (b"+OK", b"-ERR"):
        raise _Breach("that is no POP3 answer", line[:80])
    return word == b"+OK", text


def _code(text: bytes) -> str:
    found = _CODE.match(text.lstrip()) if b"[" in text else None
    return found[1].decode().upper() if found else ""
