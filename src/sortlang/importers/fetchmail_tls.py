"""TLS as a fetchmailrc says it: `ssl`, `sslproto` and their company."""

from collections.abc import Iterator

from sortlang.importers.draft import Line, changed, dropped
from sortlang.importers.fetchmail_mailbox import Mailbox
from sortlang.importers.spelling import host, quoted

_UNCHECKED = "`no sslcertck`: the certificate is checked here; if that fails, `tls ca` says whom to trust"


def tls(box: Mailbox) -> Iterator[Line]:
    """The `tls` lines; without `ssl` it is STLS, which fetchmail takes when offered and this language demands."""
    proto = box.number("sslproto")
    if box.has("ssl"):
        yield Line("tls required")
    elif proto and not proto.text:
        yield Line("tls off")
    elif proto:
        yield Line("tls starttls")
    else:
        said = "without `ssl` and `sslproto` fetchmail takes STLS when it is offered and else goes on in the clear"
        where = (box.user.name or box.entry.word).span
        yield Line("tls starttls", (changed(where, said, "here it must be offered; `tls off` does without"),))
    if proto and proto.text.lower() in ("tls1.3", "tls1.3+"):
        yield Line("tls min 1.3")
    elif proto and proto.text.lower() in ("ssl2", "ssl3", "ssl3+", "ssl23", "tls1", "tls1+", "tls1.1", "tls1.1+"):
        yield Line("", (changed(proto.span, "versions of TLS before 1.2 are not spoken here"),))
    if not proto or proto.text or box.has("ssl"):
        yield from _certificate(box)


def _certificate(box: Mailbox) -> Iterator[Line]:
    check = box.last("sslcertck")
    if check and check.off:
        yield Line("", (changed(check.word.span, _UNCHECKED),))
    if file := box.number("sslcertfile"):
        yield Line(f"tls ca {quoted(file.text)}" if file.text else "")
    if (name := box.number("sslcommonname")) and (found := host(name.text)):
        yield Line(f"tls name {quoted(found)}")
    if pin := box.number("sslfingerprint"):
        yield Line(
            "", (dropped(pin.span, "an MD5 fingerprint is no proof of anything", "write `tls pin` with SHA-256"),)
        )
