"""From the first byte to the open maildrop: greeting, TLS, login."""

from dataclasses import replace
from ssl import SSLContext

from fetchrun.pop3 import command
from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.command import InvalidCommand
from fetchrun.pop3.event import Challenge, Lines, Reply
from fetchrun.server.authenticate import mechanism
from fetchrun.server.credentials import Secret, repeats
from fetchrun.server.dialog import Dialog
from fetchrun.server.mechanism import InvalidChallenge, Login, Response, Steps
from fetchrun.server.refusal import not_let_in, said, turned_away
from fetchrun.server.tls import pinned, standing
from fetchrun.trouble import Trouble
from sortlang.rules import Account

STLS_PORT = 110
PIPELINED = {"auto": None, "on": True, "off": False}
REPEATED = b"[not shown: it repeats the secret]"
NOTHING = Reply(command.noop(), False, b"")


async def logged_in(dialog: Dialog, account: Account, secret: Secret) -> Capabilities:
    """Says who we are, after TLS if the account wants it; what the server can do. Raises Trouble."""
    trust = None if account.tls.mode == "off" else standing(account.tls)
    greeting, capabilities = await secured(dialog, account, trust)
    if "UTF8" in capabilities:
        await dialog.ask(command.utf8())  # one that says no gives what it can
    await _authenticate(dialog, account, Login(account.user, secret.text, greeting), capabilities)
    if capabilities.personal:
        again = await _capabilities(dialog)
        capabilities = again if again.known else capabilities
    dialog.step = "protocol"
    return replace(capabilities, pipelined=PIPELINED[account.pipeline])


async def secured(dialog: Dialog, account: Account, trust: SSLContext | None) -> tuple[bytes, Capabilities]:
    """Up to the login: the greeting, and what the server can do after TLS, if the account wants it. Raises Trouble.

    `trust` may be None only where the account has no TLS.
    """
    if _begins_with_tls(account):
        await _begin_tls(dialog, account, trust)
    greeting = await _greeted(dialog)
    capabilities = await _capabilities(dialog)
    if account.tls.mode != "off" and not dialog.stream.secure:
        await _upgrade(dialog, account, capabilities, trust)
        capabilities = await _capabilities(dialog)  # the earlier answer may have been anybody's
    return greeting, capabilities


def _begins_with_tls(account: Account) -> bool:
    return account.tls.mode == "required" and account.port != STLS_PORT


async def _begin_tls(dialog: Dialog, account: Account, trust: SSLContext | None) -> None:
    assert trust, "TLS is asked for"
    dialog.step = "tls"
    await dialog.stream.begin_tls(trust, account.tls.name or account.server, account.timeout)
    pinned(account.tls, dialog.stream.certificate, dialog.stream.where)


async def _greeted(dialog: Dialog) -> bytes:
    dialog.step = "connect"
    greeting = await dialog.greeting()
    if not greeting.ok:
        raise turned_away(greeting, dialog.stream.where)
    return greeting.text


async def _capabilities(dialog: Dialog) -> Capabilities:
    dialog.step = "login"
    reply = await dialog.ask(command.capa())
    if not reply.ok:
        return Capabilities()
    lines = await dialog.event()
    assert isinstance(lines, Lines)
    return Capabilities.of(lines.lines)


async def _upgrade(dialog: Dialog, account: Account, capabilities: Capabilities, trust: SSLContext | None) -> None:
    """STLS or nothing: without TLS not a byte of the login is said."""
    dialog.step = "tls"
    if capabilities.known and "STLS" not in capabilities:
        raise _no_tls(f"{dialog.stream.where} does not offer TLS on this connection")
    reply = await dialog.ask(command.stls())
    if not reply.ok:
        raise _no_tls(f"{dialog.stream.where} refused to begin TLS: {said(reply.text)}")
    dialog.refuse_injected()
    await _begin_tls(dialog, account, trust)
    dialog.secured()


def _no_tls(sentence: str) -> Trouble:
    hint = "no password was sent; `tls off` would send it in the clear, `tls required` on port 995 may be offered"
    return Trouble("tls", sentence, settings=("tls", "server"), hint=hint, temporary=False)


async def _authenticate(dialog: Dialog, account: Account, login: Login, capabilities: Capabilities) -> None:
    assert dialog.stream.secure or account.tls.mode == "off"
    dialog.step = "login"
    chosen = mechanism(account, capabilities, secure=dialog.stream.secure)
    try:
        reply = await _performed(dialog, chosen.steps(login))
    except InvalidCommand as why:
        raise Trouble("password", str(why), settings=("password", "user"), temporary=False) from None
    except InvalidChallenge as why:
        raise Trouble("login", f"{chosen.name} failed: {why}", settings=("auth", "server"), temporary=False) from None
    if not reply.ok:
        unsaid = repeats(reply.text, Secret(login.secret), account.user)
        reply = replace(reply, text=REPEATED) if unsaid else reply
        raise not_let_in(reply, account, clear=not dialog.stream.secure)


async def _performed(dialog: Dialog, steps: Steps) -> Reply:
    """Goes through the dialogue of a mechanism; its last reply."""
    answer: Reply | Challenge = NOTHING
    try:
        said = next(steps)
        while True:
            _say(dialog, said)
            answer = await dialog.answer()
            said = steps.send(answer)
    except StopIteration:
        return answer if isinstance(answer, Reply) else await _given_up(dialog)
    except InvalidChallenge:
        if isinstance(answer, Challenge):
            await _given_up(dialog)
        raise


def _say(dialog: Dialog, said: command.Command | Response) -> None:
    if isinstance(said, Response):
        dialog.respond(said.line)
    else:
        dialog.send(said)


async def _given_up(dialog: Dialog) -> Reply:
    """The server asks for more than the mechanism knows; `*` ends that (RFC 5034 §4)."""
    dialog.respond(b"*")
    answer = await dialog.answer()
    return answer if isinstance(answer, Reply) else NOTHING
