"""Runs the real program with hostile receivers behind honest POP3 servers, and judges what came of each."""

import asyncio
import re
from collections.abc import Sequence

from reliability.hostile.pop3 import Server, ended
from reliability.hostile.receiver import Hostile, Receiver
from reliability.hostile.run import Office, Ran, Verdict, listened, polled, wrong_with_run
from reliability.hostile.scenario import POLLS, Mail, Scenario

DELIVERY_ID = re.compile(rb"^X-Fetchrun-Delivery-Id: (\S+)\r\n", re.MULTILINE)
LINE_END = re.compile(rb"\r\n|\r|\n")


def source(hostile: Hostile) -> Server:
    """An honest POP3 server with the one message."""
    text = hostile.message()
    return Server(Scenario(hostile.name, hostile.me, {}, (Mail(text, hostile.me, len(text)),), settings="timeout 10m;"))


def sorting(receiver: Receiver) -> str:
    """The rules that hand the scenario's mail to its receiver."""
    mine, to = f'"*@{receiver.hostile.me}.example.net"', f'"127.0.0.1:{receiver.port}"'
    how = f"{receiver.hostile.kind} {to} {receiver.hostile.login}"
    return f"sort {mine} -> {mine};\ntransport {mine} -> {how};\n"


async def judged(
    office: Office, receivers: Sequence[Receiver], servers: Sequence[Server], clock: str = ""
) -> list[Verdict]:
    """Three polls with the hostile receivers, then two with honest ones.

    After two failures mail waits for a minute; which is nothing if there is an hour between the polls.
    """
    pairs, tries = list(zip(receivers, servers, strict=True)), POLLS if clock else 2
    verdicts = [Verdict(server.scenario) for server in servers]
    office.write(servers, sorting="".join(map(sorting, receivers)))
    for poll in range(1, POLLS + 1):
        ran = await _polled(office, receivers, servers, poll, clock)
        owed = poll <= tries and any(each.hostile.outcome == "deferred" for each in receivers)
        verdicts[0].wrong += [
            f"poll {poll}: {each}, which counts for all" for each in wrong_with_run(office, ran, owed)
        ]
        for (receiver, server), verdict in zip(pairs, verdicts, strict=True):
            _after(receiver, server, verdict, office, ran, poll, waits=poll > tries)
    await asyncio.to_thread(office.run, "retry")
    for poll in (POLLS + 1, POLLS + 2):
        await _polled(office, receivers, servers, poll, clock.partition(" ")[0])
    for (receiver, server), verdict in zip(pairs, verdicts, strict=True):
        _end(receiver, server, verdict, office)
    return verdicts


async def _polled(
    office: Office, receivers: Sequence[Receiver], servers: Sequence[Server], poll: int, clock: str
) -> Ran:
    for each in receivers:
        each.poll = poll
        if poll > POLLS:
            await listened(each)
    return await polled(office, servers, poll, clock)


def _after(
    receiver: Receiver, server: Server, verdict: Verdict, office: Office, ran: Ran, poll: int, *, waits: bool
) -> None:
    one, gone = receiver.hostile, bool(server.gone)
    if gone != (one.outcome != "deferred"):
        verdict.wrong.append(f"poll {poll}: the message is {'gone' if gone else 'still there'}")
    if gone and not quarantined(office, one.me) and {each for each, _ in receiver.taken} != set(_people(one)):
        verdict.wrong.append(f"poll {poll}: it is gone, and {receiver.taken} is all that was taken")
        verdict.lost += 1
    said = [each for each in ran.out.splitlines() if each.startswith(f"{one.me}: deferred: ")]
    told = quarantined(office, one.me) if one.outcome == "quarantined" else "".join(said)
    waits = waits and one.outcome == "deferred"
    if (one.why not in told and not waits) or (poll == 1 and bool(said) != (one.outcome == "deferred")):
        verdict.wrong.append(f"poll {poll}: it says “{told}” and not “{one.why}”")
    if gone and office.lines(ran, one.me):
        verdict.wrong.append(f"poll {poll}: it says {office.lines(ran, one.me)}")


def _end(receiver: Receiver, server: Server, verdict: Verdict, office: Office) -> None:
    """Everybody has it, or the quarantine; nobody too often, all copies under one name, nothing smuggled."""
    one = receiver.hostile
    if server.there:
        verdict.wrong.append("in the end it is still there")
    missing = set(_people(one)) - {each for each, _ in receiver.taken}
    if missing and not quarantined(office, one.me):
        verdict.wrong.append(f"in the end {missing} have nothing")
        verdict.lost += len(missing)
    for person in _people(one):
        copies = [text for each, text in receiver.taken if each == person]
        if len(copies) > one.copies:
            verdict.wrong.append(f"{person} has {len(copies)} copies")
            verdict.doubled += 1
    if len({found[1] for text in receiver.whole for found in DELIVERY_ID.finditer(text)}) > 1:
        verdict.wrong.append("its copies bear different names")
    wire = LINE_END.sub(b"\r\n", ended(one.message()))
    if odd := [text for text in receiver.whole if not text.endswith(wire) or LINE_END.sub(b"\r\n", text) != text]:
        verdict.wrong.append(f"on the wire was {odd[0][-300:]!r}")
        verdict.partial += 1
    heard = [each for poll, verbs in receiver.heard.items() for each in verbs if poll <= POLLS]
    verdict.wrong += [f"it heard {each}" for each in one.never if each in heard]
    if strange := set(heard) - VERBS:
        verdict.wrong.append(f"it heard {strange}")


VERBS = {"EHLO", "LHLO", "HELO", "STARTTLS", "XCLIENT", "MAIL", "RCPT", "DATA", "RSET", "QUIT", "AUTH", "RESPONSE"}


def quarantined(office: Office, me: str) -> str:
    """What stands above the message of that account that lies in quarantine; empty: none lies there."""
    files = (office.folder / "state" / "quarantine" / "new").glob("*")
    return next((text for text in map(_read, files) if f'account="{me}"' in text), "")


def _read(file: object) -> str:
    assert hasattr(file, "read_text")
    return str(file.read_text("latin-1"))


def _people(one: Hostile) -> list[str]:
    return list(one.to)
