"""What the commands of an mpoprc become, one by one."""

import re
from collections.abc import Callable

from sortlang.frozen import frozen
from sortlang.importers import settings
from sortlang.importers.draft import Line, changed, dropped, unread
from sortlang.importers.settings import Text
from sortlang.importers.spelling import cited, duration, host, quoted, size, whole


@frozen
class Command:
    """A line: its word, and its argument without quotes."""

    word: Text
    value: Text


def line(command: Command) -> list[Line]:
    """What a command becomes, and what there is to say about it."""
    word, value = command.word.text, command.value
    if word in _DONE:
        return []
    if word in _LINES:
        return _LINES[word](command)
    if word in _REMARKS:
        said = _REMARKS[word]
        return [Line("", (dropped(command.word.span, f"`{word}`: {said}"),))] if value.text not in ("", "off") else []
    return [settings.unknown(command.word)]


def _keep(command: Command) -> list[Line]:
    text = command.value.text.lower()
    if text == "off":
        return []
    note = changed(
        command.word.span,
        "`keep`: mail that mpop fetched already and left there is fetched once more",
        "`start new` leaves all that lies there now",
    )
    kept = re.fullmatch(r"(?:([0-9]{1,5})d)?(?:([0-9]{1,6})h)?", text)
    hours = int(kept[1] or 0) * 24 + int(kept[2] or 0) if kept else 0
    return [Line(f"keep {duration(hours * 3_600)}" if hours else "keep forever", (note,))]


def _skipsize(command: Command) -> list[Line]:
    found = re.fullmatch(r"([0-9]{1,9})([km]?)", command.value.text.lower())
    if command.value.text.lower() == "off":
        return []
    if not found:
        return [Line("", (unread(command.value.span, f"{cited(command.value.text)} is no size"),))]
    count = int(found[1]) * {"": 1, "k": 2**10, "m": 2**20}[found[2]]
    if not count:
        return [Line("", (dropped(command.value.span, "a size of 0, which skips everything, cannot be said"),))]
    return [Line(f"skip over {size(count)}")]


def _timeout(command: Command) -> list[Line]:
    if command.value.text.lower() == "off":
        return [Line("", (dropped(command.word.span, "`timeout off`: a server that is silent is always left"),))]
    return settings.timeout(command.value, "timeout")


def _received(command: Command) -> list[Line]:
    return [Line("stamp off")] if command.value.text.lower() == "off" else []


def _ca(command: Command) -> list[Line]:
    if command.value.text == "system":
        return []
    if not command.value.text:
        return [Line("", (changed(command.word.span, "the system's authorities are trusted here"),))]
    return [Line(f"tls ca {quoted(command.value.text)}")]


def _pin(command: Command) -> list[Line]:
    digits = command.value.text.replace(":", "").lower()
    if not digits:
        return []
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        said = "only a SHA-256 fingerprint is proof of anything"
        return [Line("", (dropped(command.value.span, said, "write `tls pin` with SHA-256"),))]
    return [Line(f"tls pin {quoted('sha256:' + digits)}")]


def _certcheck(command: Command) -> list[Line]:
    if command.value.text.lower() != "off":
        return []
    said = "the certificate is checked here; if that fails, `tls ca` or `tls pin` says whom to trust"
    return [Line("", (changed(command.word.span, said),))]


def _name(command: Command) -> list[Line]:
    found = host(command.value.text)
    return [Line(f"tls name {quoted(found)}")] if found else []


def _auth(command: Command) -> list[Line]:
    kind = command.value.text.lower()
    if kind in ("", "on", "user"):
        return []
    if kind in _AUTHS:
        return [Line(f"auth {kind}")]
    return [Line("", (dropped(command.value.span, f"`auth {kind}` has no counterpart"),))]


def _only_new(command: Command) -> list[Line]:
    if command.value.text.lower() != "off":
        return []
    return [Line("", (dropped(command.word.span, "`only_new off`: a message is never delivered twice"),))]


def _killsize(command: Command) -> list[Line]:
    if command.value.text.lower() == "off":
        return []
    if whole(command.value.text) == 0:
        return [Line("start new", (changed(command.word.span, "`killsize 0` with `keep`: nothing that is there now"),))]
    said = "`killsize`: larger mail is not deleted unread"
    return [Line("", (dropped(command.word.span, said, "`skip over` leaves it on the server"),))]


_AUTHS = {"plain", "login", "apop", "cram-md5", "scram-sha-256", "xoauth2", "oauthbearer"}
_DONE = {"host", "port", "user", "password", "passwordeval", "tls", "tls_starttls", "delivery"}
_LINES: dict[str, Callable[[Command], list[Line]]] = {
    "keep": _keep,
    "skipsize": _skipsize,
    "killsize": _killsize,
    "timeout": _timeout,
    "received_header": _received,
    "tls_trust_file": _ca,
    "tls_fingerprint": _pin,
    "tls_certcheck": _certcheck,
    "tls_host_override": _name,
    "auth": _auth,
    "only_new": _only_new,
}
_REMARKS = {
    "uidls_file": "what mpop fetched before is not known here",
    "filter": "no program decides what is fetched",
    "ntlmdomain": "there is no NTLM here",
    "proxy_host": "connections are made directly",
    "proxy_port": "connections are made directly",
    "socket": "connections are made to a host",
    "source_ip": "the system chooses the address to connect from",
    "pipelining": "commands are sent ahead wherever the server offers it",
    "tls_crl_file": "no lists of revoked certificates are read",
    "tls_key_file": "no certificate is shown to the server",
    "tls_cert_file": "no certificate is shown to the server",
    "tls_priorities": "the ciphers are those of the system, from TLS 1.2 on",
    "tls_min_dh_prime_bits": "the ciphers are those of the system, from TLS 1.2 on",
    "tls_nocertcheck": "the certificate is always checked",
}
