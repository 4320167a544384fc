"""Login: who we are to a server that takes mail (RFC 4954)."""

from collections.abc import Callable

from fetchrun.delivery.target import Unusable
from fetchrun.pop3 import capabilities as pop3
from fetchrun.pop3.command import InvalidCommand, noop
from fetchrun.pop3.event import Challenge
from fetchrun.pop3.event import Reply as Said
from fetchrun.printable import printable
from fetchrun.server.authenticate import SCRAMS
from fetchrun.server.credentials import Secret, repeats, secret
from fetchrun.server.mechanism import InvalidChallenge, Login, Mechanism, Response
from fetchrun.server.mechanisms.cram_md5 import CramMd5
from fetchrun.server.mechanisms.login import LoginPrompts
from fetchrun.server.mechanisms.plain import Plain
from fetchrun.smtp import command
from fetchrun.smtp.capabilities import Capabilities
from fetchrun.smtp.command import Command
from fetchrun.smtp.reply import Reply
from fetchrun.trouble import Trouble
from sortlang.rules import Access

PASSWORDS: tuple[Mechanism, ...] = (Plain(), LoginPrompts())
CONFIGURED: dict[str, tuple[Mechanism, ...]] = {
    "plain": PASSWORDS[:1],
    "login": PASSWORDS[1:],
    "cram-md5": (CramMd5(),),
    "scram-sha-256": SCRAMS[:1],
}

Ask = Callable[[Command], Reply]
"""Says one command, and gives its reply."""


def log_in(ask: Ask, access: Access, offered: Capabilities, where: str, *, secure: bool) -> None:
    """Says who we are, by the best mechanism that the rules allow and the server offers. Raises Unusable.

    The mechanisms are those of POP3: their lines are the same (RFC 4954 §4, RFC 5034 §4).
    """
    known = pop3.Capabilities(True, {"SASL": offered.arguments.get("AUTH", ())})
    mechanism = next((each for each in _allowed(access, secure=secure) if each.fits(known)), None)
    if mechanism is None:
        raise Unusable(f"{where} offers no way to log in that we may use")
    word = _secret(access)
    try:
        reply = _performed(ask, mechanism, Login(access.user, word.text))
    except (InvalidChallenge, InvalidCommand) as why:
        raise Unusable(f"{where} cannot be logged in to: {why}") from None
    if not reply.ok:
        told = _told(reply, word, access.user)
        raise Unusable(f"{where} does not accept the user {printable(access.user)} with this password: {told}")


def _allowed(access: Access, *, secure: bool) -> tuple[Mechanism, ...]:
    if access.auth != "auto":
        return CONFIGURED[access.auth]
    return (*SCRAMS, *PASSWORDS) if secure else (*SCRAMS, CramMd5(), *PASSWORDS)


def _secret(access: Access) -> Secret:
    assert access.password
    try:
        return secret(access.password, user=access.user)
    except Trouble as why:
        raise Unusable(why.sentence) from None


def _performed(ask: Ask, mechanism: Mechanism, login: Login) -> Reply:
    """Goes through the dialogue; its last reply. `*` ends one that asks for more than the mechanism knows."""
    steps = mechanism.steps(login)
    said = next(steps)
    while True:
        reply = ask(command.response(said.line) if isinstance(said, Response) else command.auth(said.line))
        try:
            said = steps.send(_heard(reply))
        except StopIteration:
            return ask(command.cancel()) if reply.intermediate else reply


def _heard(reply: Reply) -> Said | Challenge:
    if reply.intermediate:
        return Challenge(noop(), reply.lines[0])
    return Said(noop(), reply.ok, reply.lines[0])


def _told(reply: Reply, word: Secret, user: str) -> str:
    """The server's own words, unless it repeats the password."""
    return "it repeats it" if repeats(reply.text, word, user) else f"“{printable(reply.text)}”"
