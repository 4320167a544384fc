"""Commands: what a client says to an SMTP or LMTP server."""

from dataclasses import field
from ipaddress import ip_address

from sortlang.frozen import frozen

MAX_LINE = 2048
"""Octets of a command with its CRLF: 512 of RFC 5321 §4.5.3.1.4, and what the extensions add to MAIL, RCPT and AUTH."""

TURNING = frozenset({"EHLO", "LHLO", "HELO", "STARTTLS", "AUTH", "RESPONSE", "DATA", "QUIT", "XCLIENT"})
"""Nothing may be sent behind these before they are answered (RFC 2920 §3.1)."""


class InvalidCommand(ValueError):
    """An argument that cannot be sent; says why, never the argument."""


@frozen
class Command:
    """One command. `line` ends with CRLF and may hold a secret, so it is never shown."""

    verb: str
    line: bytes = field(repr=False)


def hello(name: str, *, lmtp: bool) -> Command:
    """EHLO, or LHLO as LMTP has it (RFC 2033 §4.1)."""
    return _command("LHLO" if lmtp else "EHLO", name.encode())


def helo(name: str) -> Command:
    """HELO, which offers nothing."""
    return _command("HELO", name.encode())


def starttls() -> Command:
    """Begin TLS (RFC 3207 §4)."""
    return _command("STARTTLS")


def auth(line: bytes) -> Command:
    """AUTH with its mechanism and, in base64, what it begins with; the line ends with CRLF (RFC 4954 §4)."""
    return Command("AUTH", line)


def response(line: bytes) -> Command:
    """What answers a 334, in base64 (RFC 4954 §4)."""
    return Command("RESPONSE", line + b"\r\n")


def cancel() -> Command:
    """Ends an AUTH that asks for more than we know (RFC 4954 §4)."""
    return Command("RESPONSE", b"*\r\n")


def mail(sender: str, size: int | None = None, *, eight_bit: bool = False, utf8: bool = False) -> Command:
    """MAIL FROM; an empty sender is `<>`. With SIZE (RFC 1870), BODY=8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531).

    Raises InvalidCommand.
    """
    words = [b"FROM:<" + _mailbox(sender) + b">"]
    words += [b"SIZE=%d" % size] if size is not None else []
    words += [b"BODY=8BITMIME"] if eight_bit else []
    return _command("MAIL", *words, *([b"SMTPUTF8"] if utf8 else []))


def rcpt(recipient: str) -> Command:
    """RCPT TO; raises InvalidCommand."""
    return _command("RCPT", b"TO:<" + _mailbox(recipient) + b">")


def data() -> Command:
    """The message follows, when the server says 354."""
    return _command("DATA")


def rset() -> Command:
    """Forget the transaction."""
    return _command("RSET")


def quit_() -> Command:
    """Goodbye."""
    return _command("QUIT")


def xforward(attributes: dict[str, str]) -> Command:
    """Whom the message came from, for filters behind the server (postfix.org/XFORWARD_README.html)."""
    return _command("XFORWARD", *_attributes(attributes))


def xclient(attributes: dict[str, str]) -> Command:
    """As whom the server shall treat us; it greets anew (postfix.org/XCLIENT_README.html)."""
    return _command("XCLIENT", *_attributes(attributes))


def _attributes(attributes: dict[str, str]) -> list[bytes]:
    return [f"{name}={_xtext(_prefixed(name, value))}".encode() for name, value in attributes.items()]


def _prefixed(name: str, value: str) -> str:
    return f"IPV6:{value}" if name == "ADDR" and ip_address(value).version == 6 else value


def _xtext(text: str) -> str:
    """RFC 3461 §4."""
    return "".join(
        each if "!" <= each <= "~" and each not in "+=" else "".join(f"+{octet:02X}" for octet in each.encode())
        for each in text
    )


def _mailbox(address: str) -> bytes:
    """An address between its brackets; a local part that is no dot-atom is quoted (RFC 5321 §4.1.2)."""
    local, at, domain = address.rpartition("@")
    plain = all(each.isalnum() or each in "!#$%&'*+-/=?^_`{|}~." or each > "~" for each in local)
    if not plain or ".." in f".{local}.":
        local = '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"' if at else local
    if any(each in domain for each in "<> \t"):
        raise InvalidCommand("an address holds a bracket or a space where none may be")
    return f"{local}{at}{domain}".encode()


def _command(verb: str, *words: bytes) -> Command:
    line = b" ".join((verb.encode(), *words)) + b"\r\n"
    if any(octet < 32 or octet == 127 for word in words for octet in word):
        raise InvalidCommand(f"the argument of {verb} holds a control character")
    if len(line) > MAX_LINE:
        raise InvalidCommand(f"the argument of {verb} is too long")
    return Command(verb, line)
