"""The SMTP or LMTP server of a scenario: honest, but for what the scenario has it say; and what must come of it.

As in `scenario`, but that `GREETING`, `EHLO` (LHLO too), `MAIL`, `"RCPT anna"`, `DATA`, `DOT`, `"DOT anna"` … are the
verbs. Lower case:

`kind`     lmtp or smtp
`offers`   the lines behind its name in the answer to EHLO
`login`    more words of the transport: who logs in, and how; what answers a 334 is the verb `RESPONSE`
`to`       local parts of the recipients
`text`     the message, instead of a common one
`outcome`  what becomes of the mail in the hostile polls: accepted, deferred, quarantined
`why`      words of the reason, which a person is told
`never`    verbs that it must not hear in these polls
`refuses`  true: nobody listens there in these polls
`copies`   how often one recipient may get it, as nobody can know whether he has it
"""

import asyncio
import contextlib
import re
import socket
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from reliability.hostile.scenario import HERE, POLLS
from reliability.hostile.script import Gone, expanded, play

WAIT = re.compile("^<wait [^>]*>")
OFFERS = ("PIPELINING", "8BITMIME", "SIZE 1000000", "SMTPUTF8", "ENHANCEDSTATUSCODES")
TEXT = "From: ann@example.org\r\nTo: {to}\r\nSubject: {me}\r\n\r\nhello\r\n.\r\nbye\r\n"


@dataclass(frozen=True)
class Hostile:
    """One table of a file."""

    name: str
    me: str
    answers: Mapping[str, Sequence[str]]
    outcome: Literal["accepted", "deferred", "quarantined"]
    kind: Literal["lmtp", "smtp"] = "smtp"
    offers: tuple[str, ...] = OFFERS
    login: str = ""
    to: tuple[str, ...] = ("anna",)
    text: str = TEXT
    why: str = ""
    never: tuple[str, ...] = ()
    copies: int = 1
    refuses: bool = False

    def message(self) -> bytes:
        """As it lies on the POP3 server."""
        to = ", ".join(f"{each}@{self.me}.example.net" for each in self.to)
        return expanded(self.text.replace("{to}", to).replace("{me}", self.me))


def hostiles(file: str) -> list[Hostile]:
    """Those of a file, `receivers/smtp.toml`."""
    tables = tomllib.loads((HERE / file).read_text())
    return [_hostile(f"r{number:02}", name, table) for number, (name, table) in enumerate(tables.items(), 1)]


def _hostile(me: str, name: str, table: dict[str, object]) -> Hostile:
    upper = {key: value for key, value in table.items() if key[:4].isupper() or key == "DOT"}
    answers = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in upper.items()}  # type: ignore[arg-type]
    rest = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items() if key not in upper}
    return Hostile(name, me, answers, **rest)  # type: ignore[arg-type]


@dataclass
class Receiver:
    """Serves one scenario. `taken`: recipient and message, for each that it said yes to; `whole`: what came whole."""

    hostile: Hostile
    port: int = 0
    poll: int = 0
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    whole: list[bytes] = field(default_factory=list)
    heard: dict[int, list[str]] = field(default_factory=dict)
    closed: socket.socket | None = None

    @property
    def refuses(self) -> bool:
        """Whether nobody listens in the hostile polls; `closed` is bound then, and nothing more."""
        return self.hostile.refuses

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with contextlib.suppress(Gone, OSError, asyncio.IncompleteReadError, ValueError):
            await _Talk(self, reader, writer).run()
        with contextlib.suppress(OSError):
            writer.close()


class _Talk:
    def __init__(self, receiver: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.receiver, self.reader, self.writer = receiver, reader, writer
        self.accepted: list[str] = []
        self.responses = 0

    async def run(self) -> None:
        heard = self.receiver.heard.setdefault(self.receiver.poll, [])
        await self._say("220 ready\r\n", "GREETING")
        challenged = False
        while octets := await self.reader.readline():
            line = octets.decode("utf-8", "replace").rstrip("\r\n")
            verb = "RESPONSE" if challenged else line.split(" ")[0].upper()
            heard.append(verb)
            local = line.partition("<")[2].partition("@")[0]
            if verb in ("EHLO", "LHLO"):
                lines = ("sink.example.com", *self._offers())
                said = "".join(f"250{' ' if n == len(lines) else '-'}{each}\r\n" for n, each in enumerate(lines, 1))
                await self._say(said, "EHLO")
            elif verb == "DATA":
                await self._data()
            elif verb in ("AUTH", "RESPONSE"):
                challenged = (await self._say(self._login(line, challenged=challenged), verb)).startswith("334")
            else:
                said = await self._say("250 2.0.0 ok\r\n", f"{verb} {local}", verb)
                self.accepted += [local] if verb == "RCPT" and said.startswith("2") else []
            if verb == "QUIT":
                return

    def _offers(self) -> tuple[str, ...]:
        """In the end there is no TLS, good or bad, and whoever may choose how to log in can do so by PLAIN."""
        one = self.receiver.hostile
        if self.receiver.poll <= POLLS:
            return one.offers
        kept = tuple(
            each for each in one.offers if each != "STARTTLS" and ("AUTH" not in each or " auth " in one.login)
        )
        return (*kept, "AUTH PLAIN") if one.login and " auth " not in one.login else kept

    def _login(self, line: str, *, challenged: bool) -> str:
        """It lets anybody in; LOGIN asks for the user, then for the password."""
        self.responses = self.responses + 1 if challenged else 0
        asks = self.responses == 1 if challenged else line.upper().endswith(" LOGIN")
        return ("334 UGFzc3dvcmQ6\r\n" if challenged else "334 VXNlcm5hbWU6\r\n") if asks else "235 2.7.0 ok\r\n"

    async def _data(self) -> None:
        if not (await self._say("354 go on\r\n", "DATA")).startswith("354"):
            return
        message = b"".join([line async for line in self._lines()])
        self.receiver.whole.append(message)
        lmtp = self.receiver.hostile.kind == "lmtp"
        for local in self.accepted if lmtp else [",".join(self.accepted)]:
            said = await self._say("250 2.0.0 taken\r\n", f"DOT {local}", "DOT")
            if said.startswith(("2", "<do>")):
                self.receiver.taken.append((local, message))
        self.accepted = []

    async def _lines(self):  # type: ignore[no-untyped-def]
        """The message, its line ends as they came, up to a dot between two CRLF alone."""
        before = b"\r\n"
        while True:
            line = await self.reader.readuntil(b"\n")
            if line == b".\r\n" and before.endswith(b"\r\n"):
                return
            before = line
            yield line[1:] if line.startswith(b".") else line

    async def _say(self, honest: str, *names: str) -> str:
        """What the scenario has for one of the names, else what is honest; the text that counts."""
        answers = self.receiver.hostile.answers if self.receiver.poll <= POLLS else {}
        found = next((answers[each] for each in names if each in answers), ("<honest>",))
        text = found[min(self.receiver.poll, len(found)) - 1]
        await play(text, self.reader, self.writer, honest.encode)
        return WAIT.sub("", text).replace("<honest>", honest)
