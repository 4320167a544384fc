"""Probe: one login, step by step, and the step at which it fails."""

import asyncio
import dataclasses
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fetchrun.entrance import entered
from fetchrun.printable import printable
from fetchrun.server.dialog import Dialog
from fetchrun.server.login import secured
from fetchrun.server.stream import Stream, connected
from fetchrun.server.tls import Distrust, context, fingerprint, pinned
from fetchrun.trouble import Trouble
from sortlang.frozen import frozen
from sortlang.rules import Account, Tls

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME, which the standard library has no name for."""

ALTERNATIVES = ((995, "required"), (110, "starttls"))
PATIENCE = 10.0


@frozen
class Finding:
    """What a step came to. `trouble`: why it failed; `line`: what to write in the account block; `certificate`: DER."""

    step: str
    sentence: str
    trouble: Trouble | None = None
    line: str = ""
    certificate: bytes = b""


async def probed(account: Account) -> AsyncIterator[Finding]:
    """DNS, TCP, greeting, STLS, version, chain, name, expiry, pin, login: up to the first that fails.

    Reads nothing in the maildrop. The password is said only when everything before it was good.
    """
    step = "DNS"
    try:
        yield Finding(step, await _looked_up(account))
        step = "TCP"
        await (await connected(account.server, account.port, account.timeout)).abort()
        yield Finding(step, f"{account.server}:{account.port} accepts connections")
        async for finding in _handshaken(account):
            step = finding.step
            yield finding
            if finding.trouble:
                return
        step = "login"
        yield Finding(step, await _logged_in(account))
    except Trouble as trouble:
        line = await _alternative(account) if step == "TCP" else _line(trouble)
        yield Finding(step, trouble.sentence, trouble, line)


async def _looked_up(account: Account) -> str:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(account.server, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        await connected(account.server, account.port, account.timeout)  # which fails alike, and knows how to say it
        raise
    return f"{account.server} is {', '.join(dict.fromkeys(str(each[4][0]) for each in found))}"


@asynccontextmanager
async def _secured(account: Account, trust: ssl.SSLContext) -> AsyncIterator[Stream]:
    """A connection up to the login, which is not done."""
    stream = await connected(account.server, account.port, account.timeout)
    try:
        async with asyncio.timeout(2 * account.timeout):
            await secured(Dialog(stream, account.timeout), account, trust)
        yield stream
    except TimeoutError:
        raise Trouble("connect", f"{stream.where} takes too long") from None
    finally:
        await stream.abort()


async def _handshaken(account: Account) -> AsyncIterator[Finding]:
    """From the greeting to the pin: once as a session does it; only if that fails, check by check."""
    try:
        trust = context(account.tls)
        async with _secured(account, trust) as stream:
            for finding in _all_well(account, stream):
                yield finding
    except Distrust:
        async for finding in _ladder(account):
            yield finding
    except Trouble as trouble:
        step = "STLS" if trouble.step == "tls" else "greeting"
        yield Finding(step, trouble.sentence, trouble, await _alternative(account))


def _all_well(account: Account, stream: Stream) -> list[Finding]:
    greeting = Finding("greeting", f"{stream.where} speaks POP3")
    if not stream.secure:
        return [greeting, Finding("TLS", "off: everything is said in the clear, the password too")]
    shown = stream.tls.getpeercert() or {}
    return [
        greeting,
        Finding("version", f"{stream.tls.version()}"),
        Finding("chain", f"signed by {_issuer(shown)}"),
        Finding("name", f"bears {', '.join(_names(shown)) or account.server}"),
        Finding("expiry", f"valid until {shown.get('notAfter')}", certificate=stream.certificate),
    ]


async def _ladder(account: Account) -> AsyncIterator[Finding]:
    """The handshake again, with one check more each time, until one fails: nothing is said over these but CAPA."""
    shown: dict[str, object] = {}
    certificate, bare = b"", dataclasses.replace(account, tls=dataclasses.replace(account.tls, pins=()))
    for step, trust in (
        ("version", _trust_nobody),
        ("chain", _trust_chain),
        ("name", _trust_name),
        ("expiry", context),
    ):
        try:
            async with _secured(bare, trust(account.tls)) as stream:
                shown, certificate = dict(stream.tls.getpeercert() or shown), stream.certificate
                yield Finding(step, f"{stream.tls.version()}" if step == "version" else "good", certificate=certificate)
        except Trouble as trouble:
            yield await _fallen(step, account, trouble, shown)
            return
    try:
        pinned(account.tls, certificate, f"{account.server}:{account.port}")
    except Trouble as trouble:
        yield Finding("pin", trouble.sentence, trouble, f'tls pin "sha256:{fingerprint(certificate)}";', certificate)


def _trust_nobody(tls: Tls) -> ssl.SSLContext:
    """To look at a server; never to say anything to."""
    made = ssl.create_default_context()
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    made.minimum_version = context(Tls(minimum=tls.minimum)).minimum_version
    return made


def _trust_chain(tls: Tls) -> ssl.SSLContext:
    made = _trust_name(tls)
    made.check_hostname = False
    return made


def _trust_name(tls: Tls) -> ssl.SSLContext:
    made = context(tls)
    made.verify_flags |= NO_CHECK_TIME
    return made


async def _fallen(step: str, account: Account, trouble: Trouble, shown: dict[str, object]) -> Finding:
    if step == "version":
        return Finding(step, *await _spoken(account, trouble))
    if step == "chain":
        return Finding(step, trouble.sentence, trouble, f'tls ca "{account.server}.pem";')
    if step == "name":
        names = _names(shown)
        sentence = f"{trouble.sentence}: it bears {', '.join(names) or 'none'}"
        plain = [each for each in names if "*" not in each]
        return Finding(step, sentence, trouble, f'tls name "{plain[0]}";' if plain else "")
    ends = f": it was valid from {shown.get('notBefore')} until {shown.get('notAfter')}" if shown else ""
    return Finding(step, trouble.sentence + ends, trouble)


async def _spoken(account: Account, trouble: Trouble) -> tuple[str, Trouble, str]:
    """What version the server speaks, if any."""
    oldest = _trust_nobody(Tls())
    oldest.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    oldest.set_ciphers("ALL:@SECLEVEL=0")
    try:
        async with _secured(account, oldest) as stream:
            version = str(stream.tls.version())
    except Trouble:
        return trouble.sentence, trouble, await _alternative(account)
    line = "tls min 1.2;" if version == "TLSv1.2" else ""
    return f"{trouble.sentence}: it speaks {version} at best", trouble, line


async def _alternative(account: Account) -> str:
    """The line with which the same host lets us begin TLS, tried; empty if there is none."""
    for port, mode in (*ALTERNATIVES, (account.port, "required"), (account.port, "starttls")):
        other = _with(account, port, mode)
        try:
            async with _secured(other, context(other.tls)):
                return f'server "{account.server}" port {port}; tls {mode};'
        except Trouble:
            continue
    return ""


def _with(account: Account, port: int, mode: str) -> Account:
    tls = dataclasses.replace(account.tls, mode="starttls" if mode == "starttls" else "required")
    return dataclasses.replace(account, port=port, tls=tls, timeout=min(PATIENCE, account.timeout))


async def _logged_in(account: Account) -> str:
    async with entered(account) as drop:
        count, octets = await drop.stat()
    return f"{account.user} is let in; {count} messages of {octets} bytes lie there"


def _line(trouble: Trouble) -> str:
    return "auth auto;" if trouble.settings[:1] == ("auth",) else ""


def _names(shown: object) -> list[str]:
    found = shown.get("subjectAltName", ()) if isinstance(shown, dict) else ()
    return [printable(str(name)) for kind, name in found if kind in ("DNS", "IP Address")]


def _issuer(shown: object) -> str:
    parts = shown.get("issuer", ()) if isinstance(shown, dict) else ()
    words = [str(value) for part in parts for name, value in part if name in ("organizationName", "commonName")]
    return printable(", ".join(words)) or "somebody without a name"
