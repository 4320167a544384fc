"""A relay: mail handed on to a server, by SMTP or LMTP."""

import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress

from fetchrun.delivery.channel import Channel, Endpoint, Patience
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.letter import Client
from fetchrun.delivery.load import Load
from fetchrun.delivery.login import log_in
from fetchrun.delivery.target import Unusable
from fetchrun.delivery.verdict import Verdict
from fetchrun.printable import printable
from fetchrun.smtp import command
from fetchrun.smtp.capabilities import Capabilities
from fetchrun.smtp.command import Command, InvalidCommand
from fetchrun.smtp.connection import Broken, Connection
from fetchrun.smtp.reply import Reply
from fetchrun.smtp.stuffing import Stuffing
from sortlang.frozen import frozen
from sortlang.rules import Access, Tls

_NAME = re.compile(r"[A-Za-z0-9.-]{1,255}|\[[A-Za-z0-9.:]{1,64}\]")
ANYBODY = Access()
SMTPS = 465
"""There TLS begins with the first byte (RFC 8314 §7.3)."""


class Relay:
    """One server. A connection serves many messages, one after the other, and is made when the first is there."""

    def __init__(self, where: str, *, lmtp: bool, access: Access = ANYBODY, patience: Patience | None = None) -> None:
        self._endpoint = Endpoint(where)
        self._lmtp = lmtp
        self._access = access
        self._patience = patience or Patience()
        self._call: _Call | None = None

    def hand(self, load: Load, copies: Sequence[Copy]) -> Iterator[Verdict]:
        """See Receiver."""
        try:
            yield from self._handed(load, copies)
        except BaseException:
            self._hang_up()
            raise

    def close(self) -> None:
        """QUIT, without waiting for what comes of it."""
        if self._call:
            self._call.goodbye()
        self._hang_up()

    def _hang_up(self) -> None:
        if self._call:
            self._call.channel.close()
            self._call = None

    def _handed(self, load: Load, copies: Sequence[Copy]) -> Iterator[Verdict]:
        envelope = _Envelope.of(load, copies)
        call, replies = self._begun(envelope, load.letter.client)
        if replies is None:
            yield from (Verdict(each, "failed", envelope.unfit(call.offered)) for each in copies)
            return
        first, *others = replies
        if not first.ok:
            yield from (_verdict(each, first) for each in copies)
            call.forget()
            return
        pairs = list(zip(copies, others, strict=True))
        yield from (_verdict(copy, reply) for copy, reply in pairs if not reply.ok)
        accepted = [copy for copy, reply in pairs if reply.ok]
        yield from self._sent(call, load, accepted)

    def _begun(self, envelope: "_Envelope", client: Client | None) -> tuple["_Call", list[Reply] | None]:
        """Up to the replies to MAIL and RCPT; None: the server does not take such mail, and was not asked.

        A connection that another message has used may have been cut since: then a new one is made. Nothing of this
        message was said there.
        """
        used = self._call is not None
        try:
            call = self._ready(client)
            if envelope.unfit(call.offered):
                return call, None
            replies = call.pipelined(envelope.commands(call.offered))
            if not used or all(each.code != 421 for each in replies):
                return call, replies
        except Unusable:
            if not used:
                raise
        self._hang_up()
        return self._begun(envelope, client)

    def _ready(self, client: Client | None) -> "_Call":
        if self._call is None:
            self._call = _Call(self._endpoint, self._lmtp, self._patience)
            self._call.greet(self._access)
        self._call.introduce(client)
        return self._call

    def _sent(self, call: "_Call", load: Load, accepted: list[Copy]) -> Iterator[Verdict]:
        if not accepted:
            call.forget()
            return
        (reply,) = call.ask(command.data())
        if not reply.intermediate:
            yield from (_verdict(each, reply) for each in accepted)
            call.forget()
            return
        call.say(load, accepted[0].stamp)
        if self._lmtp:
            yield from (_verdict(each, call.reply(self._patience.end)) for each in accepted)
        else:
            reply = call.reply(self._patience.end)
            yield from (_verdict(each, reply) for each in accepted)


@frozen
class _Envelope:
    """What the server must be told of a message before it comes."""

    sender: str
    recipients: tuple[str, ...]
    size: int
    eight_bit: bool

    @staticmethod
    def of(load: Load, copies: Sequence[Copy]) -> "_Envelope":
        size, eight_bit = load.measured()
        stamp = copies[0].stamp
        size += len(stamp) + stamp.count(b"\n")
        recipients = tuple(each.addresses[0] for each in copies)
        return _Envelope(load.letter.sender, recipients, size, eight_bit or not stamp.isascii())

    def unfit(self, offered: Capabilities) -> str:
        """Why the server cannot take it, so that it is not even asked; empty: it may."""
        if offered.size is not None and self.size > offered.size:
            return f"the message has {self.size} bytes, the server takes {offered.size}"
        if self.eight_bit and "8BITMIME" not in offered:
            return "the message is 8-bit, and the server takes 7-bit mail only (no 8BITMIME)"
        if not all(map(str.isascii, self.recipients)) and "SMTPUTF8" not in offered:
            return "the server takes no addresses beyond ASCII (no SMTPUTF8)"
        try:
            self.commands(offered)
        except InvalidCommand as why:
            return str(why)
        return ""

    def commands(self, offered: Capabilities) -> list[Command]:
        """MAIL and RCPT. A sender whom the server cannot take is left out: he would only get its bounces."""
        wide = "SMTPUTF8" in offered
        sender = self.sender if wide or self.sender.isascii() else ""
        size = self.size if "SIZE" in offered else None
        utf8 = wide and not all(map(str.isascii, (sender, *self.recipients)))
        eight_bit = self.eight_bit and "8BITMIME" in offered
        return [command.mail(sender, size, eight_bit=eight_bit, utf8=utf8), *map(command.rcpt, self.recipients)]


class _Call:
    """One connection, and what was said on it. Raises Unusable."""

    def __init__(self, endpoint: Endpoint, lmtp: bool, patience: Patience) -> None:
        self.channel = Channel(endpoint, patience.connect)
        self.offered = Capabilities()
        self._lmtp, self._patience = lmtp, patience
        self._port = endpoint.port
        self._connection = Connection(lmtp=lmtp)
        self._replies: list[Reply] = []
        self._breach: Broken | None = None
        self._known: Client | None = None

    def greet(self, access: Access) -> None:
        """Up to where mail may be given: greeting, capabilities, TLS, login."""
        tls = access.tls
        if tls and tls.mode == "required" and self._port == SMTPS:
            self.channel.begin_tls(tls, self._patience.connect)
        self._fine(self.reply(self._patience.command))
        self._hello()
        if not self.channel.secure and (tls is None or tls.mode != "off"):
            self._upgrade(tls)
        if access.user:
            log_in(lambda each: self.ask(each)[0], access, self.offered, self.channel.where, secure=self.channel.secure)

    def introduce(self, client: Client | None) -> None:
        """Whom the message came from, if the server wants to know: filters behind it see him then, not us."""
        attributes = {} if client is None else {"ADDR": client.address, "NAME": client.name, "HELO": client.helo}
        for keyword, make in (("XCLIENT", command.xclient), ("XFORWARD", command.xforward)):
            known = {name: text for name, text in attributes.items() if text and self.offered.takes(keyword, name)}
            if known and client != self._known:
                (reply,) = self.ask(make(known))
                if keyword == "XCLIENT" and reply.ok:
                    self._connection.greeted_anew()
                    self._hello_as(client.helo if client else "")
                self._known = client
                return

    def pipelined(self, commands: list[Command]) -> list[Reply]:
        """The replies to all of them; in one go where the server can, and otherwise one by one."""
        if "PIPELINING" in self.offered:
            return self.ask(*commands)
        return [reply for each in commands for reply in self.ask(each)]

    def ask(self, *commands: Command) -> list[Reply]:
        """The replies to all of them, said in one go."""
        self._in_order()
        self.channel.send(self._connection.send(*commands), self._patience.command)
        return [self.reply(self._patience.command) for _ in commands]

    def reply(self, patience: float) -> Reply:
        """The next one. What was said before the protocol was broken counts: mail may have been taken over by it."""
        while not self._replies:
            self._in_order()
            for event in self._connection.receive(self.channel.receive(patience)):
                if isinstance(event, Broken):
                    self._breach = event
                else:
                    self._replies.append(event.reply)
        return self._replies.pop(0)

    def _in_order(self) -> None:
        if self._breach:
            seen = f", “{printable(self._breach.seen)}”" if self._breach.seen else ""
            raise Unusable(f"{self.channel.where} broke the protocol: {self._breach.reason}{seen}")

    def say(self, load: Load, stamp: bytes) -> None:
        """The message, up to the final dot."""
        self._in_order()
        stuffing = Stuffing()
        self.channel.send(stuffing.feed(stamp), self._patience.block)
        for block in load.blocks():
            self.channel.send(stuffing.feed(block), self._patience.block)
        self._connection.ended()
        self.channel.send(stuffing.finish(), self._patience.block)

    def forget(self) -> None:
        """The transaction is not to be."""
        self._fine(*self.ask(command.rset()))

    def goodbye(self) -> None:
        """Nobody needs the answer: mail was taken over when the server said so."""
        if not self._connection.expecting:
            with suppress(Unusable):
                self.channel.send(self._connection.send(command.quit_()), self._patience.connect)

    def _hello_as(self, name: str) -> None:
        """Behind XCLIENT the greeting is the client's, if his name can be said and the server takes it."""
        if _NAME.fullmatch(name):
            (reply,) = self.ask(command.hello(name, lmtp=self._lmtp))
            if reply.ok:
                self.offered = Capabilities.of(reply.lines)
                return
        self._hello()

    def _hello(self) -> None:
        (reply,) = self.ask(command.hello(_own_name(), lmtp=self._lmtp))
        if reply.permanent and not self._lmtp:
            (reply,) = self.ask(command.helo(_own_name()))  # a server without extensions (RFC 5321 §3.2)
        self._fine(reply)
        self.offered = Capabilities.of(reply.lines)

    def _upgrade(self, tls: Tls | None) -> None:
        """STARTTLS, where it is offered or has to be; what the server could do before may have been anybody's word."""
        if "STARTTLS" in self.offered:
            self._fine(*self.ask(command.starttls()))
            self._encrypted(tls)
            self._hello()
        elif tls:
            raise Unusable(f"{self.channel.where} does not offer TLS, and without it nothing is said")

    def _encrypted(self, tls: Tls | None) -> None:
        if self._replies or self._breach or self._connection.injected():
            raise Unusable(f"{self.channel.where} put data in before the TLS handshake, as an attacker would")
        self.channel.begin_tls(tls, self._patience.connect)

    def _fine(self, *replies: Reply) -> None:
        for each in replies:
            if not each.ok:
                raise Unusable(f"{self.channel.where} says “{printable(each.text)}”")


def _verdict(copy: Copy, reply: Reply) -> Verdict:
    """A full mailbox may be emptied, whatever the server thinks of it."""
    if reply.ok:
        return Verdict(copy, "accepted")
    said = f"{copy.place.end} says “{printable(reply.text)}”"
    full = reply.enhanced.endswith((".2.2", ".3.1")) or (reply.code == 552 and not reply.enhanced)
    return Verdict(copy, "failed" if reply.permanent and not full else "deferred", said)


def _own_name() -> str:
    """What we call ourselves; only letters that a name may have."""
    name = "".join(each for each in socket.gethostname() if each.isascii() and (each.isalnum() or each in "-."))
    return name or "localhost"
