"""One SMTP or LMTP connection: commands and bytes in, answers out."""

from collections import deque

from fetchrun.smtp.command import TURNING, Command
from fetchrun.smtp.reply import Reply
from sortlang.frozen import frozen

MAX_LINE = 8 * 1024
MAX_LINES = 256

GREETING = Command("GREETING", b"")
MESSAGE = Command("MESSAGE", b"")


class Misuse(Exception):
    """We said something out of turn: our mistake, not the server's."""


@frozen
class Answer:
    """A reply, and what it answers: a command, the greeting, or MESSAGE for the one after the final dot."""

    command: Command
    reply: Reply


@frozen
class Broken:
    """The server breaks the protocol; nothing more comes. `seen` is what it sent there, cut short."""

    reason: str
    seen: bytes = b""


class Connection:
    """The client's side of RFC 5321 and RFC 2033. It opens no socket: the caller moves the bytes.

    Replies are matched to commands in their order. After the final dot an LMTP server answers once for each recipient
    that it accepted, in their order (RFC 2033 §4.2), an SMTP server once.
    """

    def __init__(self, *, lmtp: bool) -> None:
        self.lmtp = lmtp
        self._expected: deque[Command] = deque([GREETING])
        self._buffer = b""
        self._lines: list[bytes] = []
        self._code = 0
        self._accepted = 0
        self._open = self._broken = False

    @property
    def expecting(self) -> int:
        """Answers that are still to come."""
        return len(self._expected)

    def send(self, *commands: Command) -> bytes:
        """The bytes of these commands, in one go. Raises Misuse for what may not be said behind what is unanswered."""
        for each in commands:
            if self._open:
                raise Misuse(f"{each.verb} in the middle of a message")
            if self._expected and self._expected[-1].verb in TURNING | {"GREETING", "MESSAGE"}:
                raise Misuse(f"{each.verb} cannot be sent before {self._expected[-1].verb} is answered")
            if each.verb == "MAIL":
                self._accepted = 0
            self._expected.append(each)
        return b"".join(each.line for each in commands)

    def ended(self) -> None:
        """The final dot was sent: what answers it is expected from now on. Raises Misuse unless 354 came before."""
        if not self._open:
            raise Misuse("no message was asked for")
        self._open = False
        self._expected.extend([MESSAGE] * (self._accepted if self.lmtp else 1))

    def greeted_anew(self) -> None:
        """Behind XCLIENT the server's 220 stands for a new greeting; nothing is left from before."""
        if self._expected or self._open:
            raise Misuse("answers are still to come")
        self._accepted = 0

    def injected(self) -> bool:
        """Whether bytes came that nobody asked for: before a handshake that is an attack (CVE-2011-0411)."""
        return bool(self._buffer or self._lines)

    def receive(self, data: bytes) -> list[Answer | Broken]:
        """What the bytes mean, with what was left of earlier ones; after Broken nothing."""
        events: list[Answer | Broken] = []
        self._buffer += data
        while not self._broken and self._buffer:
            end = self._buffer.find(b"\n")
            if end < 0 and len(self._buffer) <= MAX_LINE:
                break
            line = self._buffer[: end + 1] if end >= 0 else self._buffer
            self._buffer = self._buffer[len(line) :]
            events.extend(self._line(line))
        return events

    def _line(self, line: bytes) -> list[Answer | Broken]:
        code, mark, text = line[:3], line[3:4], line[4:].rstrip(b"\r\n")
        if why := self._breach(line, code, mark):
            self._broken = True
            return [Broken(why, line[:80].rstrip(b"\r\n"))]
        self._code = int(code)
        self._lines.append(text)
        if mark == b"-":
            return []
        reply, self._lines = Reply(self._code, tuple(self._lines)), []
        return self._answered(reply, line)

    def _breach(self, line: bytes, code: bytes, mark: bytes) -> str:
        if not self._expected:
            return "the server said more than it was asked"
        if len(line) > MAX_LINE or len(self._lines) >= MAX_LINES:
            return "a reply has no end"
        bare = line[3:] in (b"\r\n", b"\n")
        if not (code.isdigit() and b"200" <= code < b"600" and (bare or mark in (b" ", b"-"))):
            return "that is no reply"
        return "the lines of a reply differ in their code" if self._lines and int(code) != self._code else ""

    def _answered(self, reply: Reply, line: bytes) -> list[Answer | Broken]:
        command = self._expected.popleft()
        if reply.intermediate and command.verb not in ("DATA", "AUTH", "RESPONSE"):
            self._broken = True
            return [Broken(f"{reply.code} is no answer to {command.verb}", line[:80].rstrip(b"\r\n"))]
        if command.verb == "RCPT" and reply.ok:
            self._accepted += 1
        if command.verb == "DATA":
            self._open = reply.intermediate
            if reply.ok:
                self._broken = True
                return [Broken("DATA was answered as if the message were there already", line[:80].rstrip(b"\r\n"))]
        return [Answer(command, reply)]
