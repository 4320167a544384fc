"""Refusals: what a server means when it says no."""

from fetchrun.pop3.event import Greeting, Reply
from fetchrun.printable import printable
from fetchrun.trouble import Denied, Trouble
from sortlang.rules import Account

# Response code (RFC 2449 §8, RFC 3206) → what it means, and whether waiting helps by itself.
CODES = {
    "IN-USE": ("the maildrop is in use by another session", True),
    "LOGIN-DELAY": ("the server wants more time between two logins", True),
    "SYS/TEMP": ("the server has a passing fault", True),
    "SYS/PERM": ("the server has a fault that will not pass by itself", False),
}

# The first octet of what a server of another kind says → what it is.
STRANGERS = {
    b"2": "a mail server that speaks SMTP",
    b"*": "an IMAP server",
    b"H": "a web server",
    b"S": "an SSH server",
    b"\x15": "a server that wants TLS from the first byte",
    b"\x16": "a server that wants TLS from the first byte",
}


def said(text: bytes) -> str:
    """The server's own words, fit to be shown."""
    return f"the server says “{printable(text)}”" if text.strip() else "the server gives no reason"


def turned_away(greeting: Greeting, where: str) -> Trouble:
    """The greeting was a no."""
    why, temporary = CODES.get(greeting.code, (f"{where} does not want to talk", True))
    return Trouble("connect", f"{why}: {said(greeting.text)}", temporary=temporary)


def not_let_in(reply: Reply, account: Account, *, clear: bool) -> Trouble:
    """The login was refused. A code says why; without one, or with AUTH, it is the user, the password or the token."""
    if reply.code in CODES:
        why, temporary = CODES[reply.code]
        return Trouble("login", f"{why}: {said(reply.text)}", settings=("user", "server"), temporary=temporary)
    what, settings = ("token", ("oauth",)) if account.oauth else ("password", ("password", "user"))
    sentence = f"the server does not accept the user {printable(account.user)} with this {what}: {said(reply.text)}"
    hint = "many servers accept a password only over TLS: `tls required`" if clear else ""
    return Denied("login", sentence, settings=settings, hint=hint, temporary=False)


def refused(reply: Reply, step: str = "protocol") -> Trouble:
    """Another command was refused, so that the session has to end."""
    why, temporary = CODES.get(reply.code, (f"the server refused {reply.command.verb}", True))
    return Trouble(step, f"{why}: {said(reply.text)}", temporary=temporary)


def stranger(seen: bytes, where: str) -> Trouble | None:
    """What greets us is no POP3 server."""
    kind = STRANGERS.get(seen[:1])
    if kind is None:
        return None
    hint = "POP3 with TLS is mostly on port 995, without on port 110"
    return Trouble("connect", f"{where} is {kind}, not POP3", settings=("server", "tls"), hint=hint, temporary=False)
