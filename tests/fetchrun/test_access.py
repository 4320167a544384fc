"""How a server that takes mail is entered: nothing is said in the clear that the rules do not allow."""

import hmac
import ssl
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

import pytest
import trustme

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.letter import Letter, account_id
from fetchrun.delivery.load import Load
from fetchrun.delivery.places import Place
from fetchrun.delivery.relay import Relay
from fetchrun.delivery.target import Unusable
from fetchrun.server.tls import fingerprint
from sink import Sink, sinking
from sortlang.rules import Access, Password, Tls
from sortlang.source import Source, Span

SPAN = Span(Source("mail.sort", ""), 0, 0)
CANARY = Password("literal", "canary", span=SPAN)
ENCODED = b64encode(b"canary").decode()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    (tmp_path / "mail").write_bytes(b"Subject: x\n\nhello\n")
    with FileIO(tmp_path / "mail") as file:
        yield Load(Letter(account_id("pop.example.com", "u"), b"1", 1, 20, b"h"), file, 0, 18)


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(made)
    return made


def given(sink: Sink, load: Load, access: Access) -> list[str]:
    """What becomes of one message."""
    copy = Copy(Place("smtp", ("x",), "a@ex.com"), "delivered", ("a@ex.com",), ("a@ex.com",), "To/Cc", "mail.sort:3")
    relay = Relay(f"localhost:{sink.port}", lmtp=False, access=access)
    try:
        return [each.fate for each in relay.hand(load, [copy])]
    finally:
        relay.close()


def verbs(sink: Sink) -> list[bytes]:
    return [each.split(b" ")[0] for each in sink.commands]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_starttls_then_login(mechanism: str, authority: trustme.CA, ca: str, load: Load) -> None:
    says: dict[str, str | list[str]] = {"AUTH": "235 ok"}
    if mechanism == "LOGIN":
        says = {"AUTH": "334 VXNlcm5hbWU6", "DQ==": "334 UGFzc3dvcmQ6", ENCODED.upper(): "235 ok"}
    offers = ("STARTTLS", f"AUTH {mechanism}")
    with sinking(Sink(offers=offers, says=says, context=context(authority.issue_cert("localhost")))) as sink:
        assert given(sink, load, Access("u", CANARY, tls=Tls(ca=ca))) == ["accepted"]
    assert verbs(sink)[:4] == [b"EHLO", b"STARTTLS", b"EHLO", b"AUTH"]
    assert len(sink.messages) == 1


@pytest.mark.parametrize(
    ("offers", "says", "why"),
    [
        ((), {}, "does not offer TLS"),
        (("AUTH PLAIN",), {}, "does not offer TLS"),
        (("STARTTLS", "AUTH GSSAPI"), {}, "no way to log in"),
        (("STARTTLS", "AUTH PLAIN"), {"AUTH": "535 5.7.8 no"}, "“535 5.7.8 no”"),
        (("STARTTLS", "AUTH PLAIN"), {"AUTH": "535 5.7.8 no canary here"}, "it repeats it"),
        (("STARTTLS", "AUTH LOGIN"), {"AUTH": f"535 not {ENCODED}"}, "it repeats it"),
        (("STARTTLS", "AUTH PLAIN"), {"AUTH": "334 YXNrcyBvbg==", "*": "501 ended"}, "“501 ended”"),
        (("STARTTLS", "AUTH CRAM-MD5"), {"AUTH": "334 !"}, "no way to log in"),
        (("STARTTLS", "AUTH PLAIN"), {"STARTTLS": "220 go\r\n250 injected"}, "put data in|more than it was asked"),
        (("STARTTLS", "AUTH PLAIN"), {"STARTTLS": "454 no"}, "says “454 no”"),
    ],
)
def test_no_password_without_tls_and_no_delivery_without_login(
    offers: tuple[str, ...],
    says: dict[str, str | list[str]],
    why: str,
    authority: trustme.CA,
    ca: str,
    load: Load,
) -> None:
    sink = Sink(offers=offers, says=says, context=context(authority.issue_cert("localhost")))
    with sinking(sink), pytest.raises(Unusable, match=why) as raised:
        given(sink, load, Access("u", CANARY, tls=Tls(ca=ca)))
    assert "canary" not in str(raised.value) and ENCODED not in str(raised.value)
    assert sink.messages == []
    if "offer TLS" in why:
        assert not any(b"AUTH" in each for each in sink.commands)


@pytest.mark.parametrize(
    ("names", "expired", "tls", "why"),
    [
        (("localhost",), True, {}, "has expired"),
        (("other.example",), False, {}, "is not for the name localhost"),
        (("localhost",), False, {"name": "other.example"}, "is not for the name other.example"),
        (("localhost",), False, {"ca": None}, "an authority that this machine does not know"),
        (("localhost",), False, {"ca": "/nowhere/ca.pem"}, "the certificate file /nowhere/ca.pem cannot be read"),
        (("localhost",), False, {"pins": ("0" * 64,)}, "is not the one that is pinned"),
    ],
)
def test_a_certificate_that_is_not_to_be_trusted_gets_no_password_and_no_mail(
    names: tuple[str, ...], expired: bool, tls: dict[str, object], why: str, authority: trustme.CA, ca: str, load: Load
) -> None:
    over = datetime(2020, 1, 1, tzinfo=UTC) if expired else None
    certificate = authority.issue_cert(*names, not_after=over, not_before=over and datetime(2019, 1, 1, tzinfo=UTC))
    offers = ("STARTTLS", "AUTH PLAIN")
    sink = Sink(offers=offers, says={"AUTH": "235 ok"}, context=context(certificate))
    with sinking(sink), pytest.raises(Unusable, match=why):
        given(sink, load, Access("u", CANARY, tls=Tls(**{"ca": ca} | tls)))  # type: ignore[arg-type]
    assert verbs(sink) == [b"EHLO", b"STARTTLS"] and sink.messages == []


def test_the_pinned_certificate_under_another_name(authority: trustme.CA, ca: str, load: Load) -> None:
    certificate = authority.issue_cert("mx.example")
    pin = fingerprint(ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode()))
    with sinking(Sink(offers=("STARTTLS",), context=context(certificate))) as sink:
        assert given(sink, load, Access(tls=Tls(ca=ca, name="mx.example", pins=("0" * 64, pin)))) == ["accepted"]


def test_the_rules_may_allow_a_password_in_the_clear(load: Load) -> None:
    with sinking(Sink(offers=("STARTTLS", "AUTH PLAIN"), says={"AUTH": "235 ok"})) as sink:
        assert given(sink, load, Access("u", CANARY, tls=Tls("off"))) == ["accepted"]
    assert verbs(sink)[:2] == [b"EHLO", b"AUTH"]


def test_in_the_clear_a_digest_goes_before_the_password(load: Load) -> None:
    digest = b64encode(f"u {hmac.new(b'canary', b'<1>', 'md5').hexdigest()}".encode()).decode()
    says: dict[str, str | list[str]] = {"AUTH": "334 PDE+", digest.upper(): "235 ok"}
    with sinking(Sink(offers=("AUTH PLAIN LOGIN CRAM-MD5",), says=says)) as sink:
        assert given(sink, load, Access("u", CANARY, tls=Tls("off"))) == ["accepted"]
    assert sink.commands[1] == b"AUTH CRAM-MD5" and ENCODED.encode() not in b"".join(sink.commands)


def test_nobody_is_told_without_need(authority: trustme.CA, load: Load) -> None:
    """Without a word about TLS it is used where it is offered, and not where it is not."""
    for offers in ((), ("STARTTLS",)):
        with sinking(Sink(offers=offers, context=context(trustme.CA().issue_cert("x.example")))) as sink:
            assert given(sink, load, Access()) == ["accepted"]
        assert (b"STARTTLS" in verbs(sink)) == bool(offers)
