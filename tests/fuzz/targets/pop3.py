"""The POP3 reply codec, held against one that looks at a line at a time and is slow."""

import re
from collections.abc import Iterator, Sequence

from fetchrun.pop3 import command
from fetchrun.pop3.command import Command, Shape
from fetchrun.pop3.connection import Connection
from fetchrun.pop3.event import Broken, Challenge, Chunk, Event, Greeting, Lines, Reply
from fuzz.feed import Feed

COMMANDS = (
    command.stat(),
    command.uidl(4),
    command.listing(),
    command.retr(1),
    command.top(2),
    command.dele(3),
    command.noop(),
    command.capa(),
)
LAST = (None, command.quit_(), command.quit_(), None)
BEFORE = (None, command.capa(), command.stls(), command.auth("PLAIN"), command.password("x"))

Plain = tuple[object, ...]


def check(data: bytes) -> None:
    """Both mean the same, however the bytes are cut; what is incomplete is only begun."""
    feed = Feed(data)
    script = _script(feed)
    chunks = feed.chunks(6)
    fast, slow = _fast(script, chunks), list(_slow(script, b"".join(chunks)))
    if slow and slow[-1][0] == "begun":
        (_, promised), (_, told) = slow.pop(), fast.pop() if fast and fast[-1][0] == "part" else ("part", b"")
        assert isinstance(promised, bytes) and isinstance(told, bytes)
        assert promised.startswith(told) and len(promised) - len(told) <= 4, (promised, told)
    assert fast == slow, (fast, slow)


def _script(feed: Feed) -> tuple[Command, ...]:
    """Empty: only the greeting is read. Else one command before the login, or several behind it and perhaps QUIT."""
    if first := BEFORE[feed.number(len(BEFORE))]:
        return (first,)
    many = tuple(COMMANDS[feed.number(len(COMMANDS))] for _ in range(feed.number(6)))
    return many + ((last,) if (last := LAST[feed.number(4)]) and many else ())


def _ready(script: Sequence[Command]) -> Connection:
    connection = Connection()
    if script:
        connection.receive(b"+OK\r\n")
        if script[0].verb in ("STAT", "UIDL", "LIST", "RETR", "TOP", "DELE", "NOOP", "CAPA") and script != (BEFORE[1],):
            connection.send(command.apop("u", "d"))
            connection.receive(b"+OK\r\n")
        for each in script:
            connection.send(each)
    return connection


def _fast(script: Sequence[Command], chunks: Sequence[bytes]) -> list[Plain]:
    connection = _ready(script)
    found: list[Plain] = []
    for each in (event for chunk in chunks for event in connection.receive(chunk)):
        told = _plain(each)
        if told[0] in ("part", "message") and found and found[-1][0] == "part":
            told = (told[0], found.pop()[1] + told[1])  # type: ignore[operator]
        found.append(told)
    return found


def _plain(event: Event) -> Plain:
    match event:
        case Greeting(ok, text, code) | Reply(_, ok, text, code):
            return ("status", ok, text, code)
        case Challenge(_, text):
            return ("challenge", text)
        case Lines(_, lines):
            return ("lines", lines)
        case Chunk(data, last):
            return ("message" if last else "part", data)
        case Broken():
            return ("broken",)


def _slow(script: Sequence[Command], data: bytes) -> Iterator[Plain]:
    waiting: list[Command | None] = [*script] or [None]
    while data:
        if not waiting or data[:1] not in (b"+", b"-"):
            yield ("broken",)
            return
        line, end, rest = data.partition(b"\n")
        if not end or len(line) >= 8192:
            if len(data) > 8192:
                yield ("broken",)
            return
        told = _status(line, waiting[0])
        yield told
        if told[0] == "broken":
            return
        data, asked = rest, waiting[0]
        if told[0] == "challenge":
            continue
        waiting.pop(0)
        if asked and told[1] and asked.shape in (Shape.LIST, Shape.MESSAGE):
            lines, tail, after = _body(data)
            if asked.shape is Shape.MESSAGE:
                body = b"".join(each + b"\r\n" for each in lines) + tail.removeprefix(b".")
                yield ("begun", body) if after is None else ("message", body)
            elif len(lines) - (tail in (b"", b".", b".\r") and after is None) > asked.most_lines:
                yield ("broken",)
                return
            elif after is not None:
                yield ("lines", tuple(lines))
            if after is None:
                return
            data = after


def _status(line: bytes, asked: Command | None) -> Plain:
    if not line.endswith(b"\r"):
        return ("broken",)
    line = line[:-1]
    if asked and asked.shape is Shape.SASL and (line == b"+" or line[:2] == b"+ "):
        return ("challenge", line[2:])
    word, _, text = line.partition(b" ")
    if word not in (b"+OK", b"-ERR"):
        return ("broken",)
    inside, closed, _ = text.lstrip()[1:].partition(b"]")
    fit = (
        text.lstrip()[:1] == b"["
        and closed
        and len(inside) <= 64
        and re.fullmatch(rb"[A-Za-z0-9][A-Za-z0-9/.-]*", inside)
    )
    return ("status", word == b"+OK", text, inside.decode().upper() if fit else "")


def _body(data: bytes) -> tuple[list[bytes], bytes, bytes | None]:
    """A multi-line answer without its stuffing, a line that has no end yet, and what follows; None: it goes on."""
    lines: list[bytes] = []
    while (end := data.find(b"\r\n")) >= 0:
        line, data = data[:end], data[end + 2 :]
        if line == b".":
            return lines, b"", data
        lines.append(line.removeprefix(b"."))
    return lines, data, None
