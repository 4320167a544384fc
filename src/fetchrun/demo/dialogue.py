"""The server's side of a POP3 session: a line in, its answer out."""

import base64
import binascii
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import field
from pathlib import Path
from types import MappingProxyType

from fetchrun.demo import transaction
from fetchrun.demo.maildrop import listed, locked
from fetchrun.demo.transaction import Refused, Transaction, multi, said
from sortlang.frozen import frozen

MAX_LOGINS = 3
CAPABILITIES = ("TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "IMPLEMENTATION fetchrun-demo")


@frozen
class Mailbox:
    """The one mailbox of the server: its folder, and who may open it."""

    folder: Path
    user: str
    password: str = field(repr=False)


class Dialogue:
    """RFC 1939 with CAPA (RFC 2449), STLS (RFC 2595), AUTH PLAIN (RFC 5034) and response codes (RFC 3206).

    `tls`: whether the line is encrypted; `stls`: whether it can be. Where it can be and is not, nobody logs in.
    After an answer, `begins_tls` asks for the handshake and `over` for the end of the connection. QUIT alone deletes;
    whoever drops the dialogue calls `close`, and the maildrop is free again.
    """

    def __init__(self, mailbox: Mailbox, *, tls: bool = False, stls: bool = False) -> None:
        self.over = self.begins_tls = False
        self._mailbox, self._tls, self._stls = mailbox, tls, stls
        self._transaction: Transaction | None = None
        self._user: str | None = None
        self._awaits_plain = False
        self._failures = 0
        self._held = ExitStack()

    def answer(self, line: bytes) -> Iterator[bytes]:
        """The answer to one line, given without its line end; read it to its end before the next line."""
        try:
            yield from self._answer(line.decode("utf-8", "replace"))
        except Refused as refusal:
            yield f"-ERR {refusal}\r\n".encode()

    def tls_began(self) -> None:
        """The handshake is done; what was said in the clear counts no more (RFC 2595 §4)."""
        self._tls, self.begins_tls, self._user = True, False, None

    def close(self) -> None:
        """Let go of the maildrop."""
        self._held.close()

    def capa(self, _: str) -> Iterable[bytes]:
        login = ("USER", "SASL PLAIN") if self._may_log_in else ()
        stls = ("STLS",) if self._stls and not self._tls else ()
        return multi("capabilities follow", (f"{word}\r\n".encode() for word in (*CAPABILITIES, *login, *stls)))

    def quit(self, _: str) -> Iterable[bytes]:
        self.over = True
        gone = self._transaction.commit() if self._transaction else 0
        self.close()
        return said(f"bye, {gone} deleted")

    def stls(self, _: str) -> Iterable[bytes]:
        if self._tls or not self._stls:
            raise Refused("no TLS to begin")
        self.begins_tls = True
        return said("begin TLS")

    def user(self, user: str) -> Iterable[bytes]:
        if not self._may_log_in:
            raise Refused("begin TLS first")
        self._user = user
        return said("and the password")

    def password(self, password: str) -> Iterable[bytes]:
        if self._user is None:
            raise Refused("USER comes first")
        user, self._user = self._user, None
        return self._log_in(user, password)

    def auth(self, rest: str) -> Iterable[bytes]:
        mechanism, _, response = rest.partition(" ")
        if mechanism.upper() != "PLAIN" or not self._may_log_in:
            raise Refused("no such mechanism")
        if response:
            return self._log_in(*_plain(response))
        self._awaits_plain = True
        return (b"+ \r\n",)

    def _answer(self, line: str) -> Iterable[bytes]:
        if self._awaits_plain:
            self._awaits_plain = False
            return self._log_in(*_plain(line))
        word, _, rest = line.partition(" ")
        if word.upper() in ANYWHERE:
            return ANYWHERE[word.upper()](self, rest)
        if self._transaction is not None and word.upper() in transaction.COMMANDS:
            return transaction.COMMANDS[word.upper()](self._transaction, rest)
        if self._transaction is None and word.upper() in AUTHORIZATION:
            return AUTHORIZATION[word.upper()](self, rest)
        raise Refused("no such command here")

    @property
    def _may_log_in(self) -> bool:
        return self._tls or not self._stls

    def _log_in(self, user: str, password: str) -> Iterable[bytes]:
        if not (_same(user, self._mailbox.user) and _same(password, self._mailbox.password)):
            self._failures += 1
            self.over = self._failures == MAX_LOGINS
            raise Refused("[AUTH] wrong user or password")
        if not self._held.enter_context(locked(self._mailbox.folder)):
            self.close()
            raise Refused("[IN-USE] another session has the maildrop")
        self._transaction = Transaction(listed(self._mailbox.folder))
        return said("come in")


Command = Callable[[Dialogue, str], Iterable[bytes]]
ANYWHERE: Mapping[str, Command] = MappingProxyType({"CAPA": Dialogue.capa, "QUIT": Dialogue.quit})
AUTHORIZATION: Mapping[str, Command] = MappingProxyType(
    {"STLS": Dialogue.stls, "USER": Dialogue.user, "PASS": Dialogue.password, "AUTH": Dialogue.auth}
)


def _plain(response: str) -> tuple[str, str]:
    """User and password of a SASL PLAIN response (RFC 4616)."""
    try:
        _, user, password = base64.b64decode(response, validate=True).decode().split("\0")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Refused("this is no PLAIN response") from None
    return user, password


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
