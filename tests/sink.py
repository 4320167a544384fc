"""A scripted SMTP or LMTP server on loopback: it says what it is told to, and keeps every octet that it hears."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Sink:
    """`says`: its answer to a verb, or to `RCPT address`, `DOT` or `DOT address`, instead of a yes; `cut` hangs up.

    A list is used up, one answer a time. `offers`: the lines after EHLO.
    """

    lmtp: bool = False
    offers: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SIZE 1000000", "SMTPUTF8", "ENHANCEDSTATUSCODES")
    says: dict[str, str | list[str]] = field(default_factory=dict)
    context: ssl.SSLContext | None = None
    port: int = 0
    connections: int = 0
    commands: list[bytes] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    envelopes: list[list[str]] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)

    def answer(self, *names: str) -> str | None:
        for name in names:
            found = self.says.get(name)
            if isinstance(found, list):
                if found:
                    return found.pop(0)
            elif found is not None:
                return found
        return None


class _Cut(Exception):
    pass


@contextmanager
def sinking(sink: Sink) -> Iterator[Sink]:
    """Listens until the block ends; what went wrong on our side is raised then."""
    listener = socket.create_server(("127.0.0.1", 0))
    sink.port = listener.getsockname()[1]
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            sink.connections += 1
            threads.append(threading.Thread(target=_served, args=(sink, connection), daemon=True))
            threads[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield sink
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        for each in threads:
            each.join(5)
    if sink.failures:
        raise sink.failures[0]


def _served(sink: Sink, connection: socket.socket) -> None:
    connection.settimeout(20)
    talk = _Talk(sink, connection)
    try:
        talk.run()
    except (_Cut, ConnectionError, ssl.SSLError):
        pass
    except BaseException as failure:
        sink.failures.append(failure)
    finally:
        talk.connection.close()


class _Talk:
    def __init__(self, sink: Sink, connection: socket.socket) -> None:
        self.sink, self.connection = sink, connection
        self.buffer = b""
        self.accepted: list[str] = []

    def run(self) -> None:
        self.say(self.sink.answer("GREETING") or "220 sink.example.com ready")
        while line := self.line():
            self.sink.commands.append(line)
            words = line.decode().split(" ")
            verb = words[0].upper()
            handler = getattr(self, f"on_{verb.lower()}", self.on_other)
            handler(verb, line.decode())
            if verb == "QUIT":
                return

    def on_other(self, verb: str, line: str) -> None:
        self.say(self.sink.answer(verb) or "250 2.0.0 ok")

    def on_ehlo(self, verb: str, line: str) -> None:
        assert (verb == "LHLO") == self.sink.lmtp
        lines = ("sink.example.com", *self.sink.offers)
        said = [f"250{' ' if number == len(lines) else '-'}{each}" for number, each in enumerate(lines, 1)]
        self.say(self.sink.answer("EHLO") or "\r\n".join(said))

    on_lhlo = on_ehlo

    def on_starttls(self, verb: str, line: str) -> None:
        said = self.sink.answer(verb) or "220 go on"
        self.say(said)
        if said.startswith("220") and "\n" not in said:
            assert self.sink.context
            self.connection = self.sink.context.wrap_socket(self.connection, server_side=True)
            self.buffer = b""
            self.sink.offers = tuple(each for each in self.sink.offers if each != "STARTTLS")

    def on_mail(self, verb: str, line: str) -> None:
        self.accepted = []
        self.on_other(verb, line)

    def on_rcpt(self, verb: str, line: str) -> None:
        address = line.partition("<")[2].partition(">")[0]
        said = self.sink.answer(f"RCPT {address}", "RCPT") or "250 2.1.5 ok"
        if said.startswith("2"):
            self.accepted.append(address)
        self.say(said)

    def on_data(self, verb: str, line: str) -> None:
        said = self.sink.answer(verb) or "354 go on"
        self.say(said)
        if not said.startswith("354"):
            return
        while not (self.buffer.startswith(b".\r\n") or b"\r\n.\r\n" in self.buffer):
            self.more()
        end = -2 if self.buffer.startswith(b".\r\n") else self.buffer.index(b"\r\n.\r\n")
        self.sink.messages.append(self.buffer[: max(0, end + 2)])
        self.sink.envelopes.append(self.accepted)
        self.buffer = self.buffer[end + 5 :]
        for address in self.accepted if self.sink.lmtp else [""]:
            self.say(self.sink.answer(f"DOT {address}", "DOT") or "250 2.0.0 taken")

    def say(self, text: str) -> None:
        if text == "cut":
            raise _Cut
        self.connection.sendall(text.encode() + b"\r\n")

    def line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            if not self.more(may_end=True):
                return b""
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def more(self, *, may_end: bool = False) -> bool:
        data = self.connection.recv(1 << 16)
        if not data and not may_end:
            raise _Cut
        self.buffer += data
        return bool(data)
