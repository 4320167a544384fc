"""The POP3 server of a scenario: honest, but for what the scenario has it say."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from reliability.hostile.scenario import POLLS, Mail, Scenario
from reliability.hostile.script import Gone, play

TOKEN = b'HTTP/1.0 200 OK\r\n\r\n{"access_token": "a", "token_type": "Bearer", "expires_in": 3600}'


@dataclass
class Server:
    """Serves one scenario over several polls. `gone`: what it was told to delete; `heard`: each verb, by poll."""

    scenario: Scenario
    certificates: Mapping[str, ssl.SSLContext] = field(default_factory=dict)
    port: int = 0
    poll: int = 0
    gone: set[int] = field(default_factory=set)
    heard: dict[int, list[str]] = field(default_factory=dict)
    closed: socket.socket | None = None
    provider: int = 0

    @property
    def refuses(self) -> bool:
        """Whether nobody listens in the hostile polls; `closed` is bound then, and nothing more."""
        return self.scenario.refuses

    @property
    def there(self) -> dict[int, Mail]:
        """What lies in the maildrop now; the place of each in the scenario, counted from 1, and the message."""
        mail = enumerate(self.scenario.mail, 1)
        return {n: each for n, each in mail if each.poll <= self.poll and n not in self.gone}

    async def give_token(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One question to the provider of tokens, at the port `provider`."""
        with contextlib.suppress(Gone, OSError, asyncio.IncompleteReadError, ValueError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(each for each in head.lower().split(b"\r\n") if each.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            text = self.scenario.answer("TOKEN", "", self.poll) or "<honest>"
            await play(text, reader, writer, lambda: TOKEN)
        with contextlib.suppress(OSError):
            writer.close()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        session = _Session(self, reader, writer)
        try:
            await session.run()
        except (Gone, OSError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            with contextlib.suppress(OSError):
                writer.close()


class _Session:
    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.places = dict(enumerate(server.there, 1))
        self.marked: set[int] = set()
        self.retrieved: set[int] = set()

    async def run(self) -> None:
        heard = self.server.heard.setdefault(self.server.poll, [])
        await self._say("GREETING", "")
        challenged = False
        while line := (await self.reader.readline()).decode("latin-1").strip("\r\n"):
            verb, _, words = ("RESPONSE", "", line) if challenged else line.partition(" ")
            heard.append(verb.upper())
            said = await self._say(verb.upper(), words)
            challenged = said.startswith("+ ")
            if verb.upper() == "QUIT":
                return
            if verb.upper() == "STLS" and said[:3] in ("+OK", "<ho"):
                await self._begin_tls()

    async def _say(self, verb: str, words: str) -> str:
        text = self.server.scenario.answer(verb, self._placed(verb, words), self.server.poll) or "<honest>"
        await play(text, self.reader, self.writer, lambda: self._honest(verb, words))
        return text

    def _placed(self, verb: str, words: str) -> str:
        """A scenario counts its messages as it lists them, whatever has gone meanwhile."""
        number = words.split(" ")[0]
        message = verb in ("RETR", "TOP", "DELE") and number.isdigit()
        return str(self.places.get(int(number), "")) if message else words

    async def _begin_tls(self) -> None:
        name = self.server.scenario.tls if self.server.poll <= POLLS else "good"
        await self.writer.start_tls(self.server.certificates[name])

    def _honest(self, verb: str, words: str) -> bytes:
        scenario, mail = self.server.scenario, self.server.scenario.mail
        there = {number: mail[place - 1] for number, place in self.places.items() if number not in self.marked}
        match verb:
            case "CAPA":
                return _lines(self._offers())
            case "STAT":
                return f"+OK {len(there)} {sum(each.size for each in there.values())}\r\n".encode()
            case "LIST":
                return _lines(f"{number} {each.size}" for number, each in there.items())
            case "UIDL":
                return _lines(f"{number} {self._uid(each)}" for number, each in there.items())
            case "RETR" | "TOP" | "DELE" if not words.split(" ")[0].isdigit() or int(words.split(" ")[0]) not in there:
                return b"-ERR no such message\r\n"
            case "RETR":
                self.retrieved.add(int(words))
                return b"+OK\r\n" + _stuffed(there[int(words)].text)
            case "TOP":
                head = there[int(words.split(" ")[0])].text.partition(b"\r\n\r\n")[0]
                return b"+OK\r\n" + _stuffed(head + b"\r\n\r\n")
            case "DELE":
                self.marked.add(int(words))
            case "QUIT":
                going = self.marked | self.retrieved if scenario.drops else self.marked
                self.server.gone |= {self.places[number] for number in going}
            case "AUTH" if scenario.oauth:
                pass
            case "GREETING" | "USER" | "PASS" | "NOOP" | "STLS":
                pass
            case _:
                return b"-ERR unknown command\r\n"
        return b"+OK\r\n"

    def _offers(self) -> tuple[str, ...]:
        """In the end it logs in anybody with USER, behind TLS if that is what it is about."""
        if self.server.poll <= POLLS or self.server.scenario.oauth:
            return self.server.scenario.offers
        plain = tuple(each for each in self.server.scenario.offers if not each.startswith(("SASL", "STLS")))
        return (*plain, "STLS") if self.server.scenario.tls else plain

    def _uid(self, mail: Mail) -> str:
        return mail.uid.replace("{poll}", str(self.server.poll))


def _stuffed(text: bytes) -> bytes:
    return (b"\r\n" + ended(text)).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"


def ended(text: bytes) -> bytes:
    """With the CRLF that a server sends behind the last line, if the message lacks it."""
    return text if not text or text.endswith(b"\r\n") else text + b"\r\n"


def _lines(lines: object) -> bytes:
    assert hasattr(lines, "__iter__")
    return b"+OK\r\n" + b"".join(f"{each}\r\n".encode("latin-1") for each in lines) + b".\r\n"
