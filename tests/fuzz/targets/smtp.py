"""The SMTP reply codec, held against one that splits lines first; and what DATA carries."""

import re
from collections.abc import Iterator, Sequence

from fetchrun.smtp import command
from fetchrun.smtp.command import Command
from fetchrun.smtp.connection import Answer, Broken, Connection
from fetchrun.smtp.stuffing import Stuffing
from fuzz.feed import Feed

SCRIPTS: tuple[tuple[Command, ...], ...] = (
    (),
    (command.hello("c", lmtp=False),),
    (command.mail("a@b"), command.rcpt("c@d"), command.rcpt("e@f"), command.data()),
    (command.auth(b"LOGIN"),),
    (command.rset(), command.quit_()),
)

Plain = tuple[object, ...]


def check(data: bytes) -> None:
    """Both read the same replies, however the bytes are cut."""
    feed = Feed(data)
    if feed.number(2):
        return _stuffed(feed)
    script = SCRIPTS[feed.number(len(SCRIPTS))]
    chunks = feed.chunks(6)
    connection = Connection(lmtp=False)
    if script:
        connection.receive(b"220 x\r\n")
        connection.send(*script)
    fast = [_plain(each) for chunk in chunks for each in connection.receive(chunk)]
    assert fast == list(_slow(script, b"".join(chunks))), (script, chunks)
    return None


def _plain(event: Answer | Broken) -> Plain:
    return ("broken",) if isinstance(event, Broken) else (event.command.verb, event.reply.code, event.reply.lines)


def _slow(script: Sequence[Command], data: bytes) -> Iterator[Plain]:
    waiting, lines, codes = [each.verb for each in script] or ["GREETING"], list[bytes](), set[bytes]()
    while data:
        line, end, rest = data.partition(b"\n")
        if not end and len(data) <= 8192:
            return
        codes.add(line[:3])
        good = re.match(rb"[2-5][0-9][0-9]([ -]|\r?\Z)", line) if end else None
        if not waiting or not good or len(line) >= 8192 or len(lines) >= 256 or len(codes) > 1:
            yield ("broken",)
            return
        lines.append(line[4:].rstrip(b"\r"))
        data = rest
        if line[3:4] == b"-":
            continue
        verb, code = waiting.pop(0), int(line[:3])
        going_on = 300 <= code < 400
        if (going_on and verb not in ("DATA", "AUTH", "RESPONSE")) or (verb == "DATA" and 200 <= code < 300):
            yield ("broken",)
            return
        yield (verb, code, tuple(lines))
        lines, codes = [], set()


def _stuffed(feed: Feed) -> None:
    """CVE-2023-51764: nothing in a message can be taken for its end, and nothing of it is lost."""
    chunks = feed.chunks(6)
    stuffing = Stuffing()
    wire = b"".join(map(stuffing.feed, chunks)) + stuffing.finish()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", wire), wire
    assert (b"\r\n" + wire).find(b"\r\n.\r\n") == len(wire) - 3, wire
    lines = wire.removesuffix(b".\r\n").split(b"\r\n")
    message = b"\n".join(each[1:] if each.startswith(b".") else each for each in lines)
    sent = b"".join(chunks).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert message == sent + (b"" if sent.endswith(b"\n") or not sent else b"\n"), (message, sent)
