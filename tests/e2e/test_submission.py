"""Mail handed on to a real Postfix, which wants TLS and a login, and to Dovecot's LMTP over TLS."""

import tempfile
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

from dovecot import PASSWORD, USER, Dovecot, free_ports, running
from e2e.office import Office
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.letter import Letter, account_id
from fetchrun.delivery.load import Load
from fetchrun.delivery.places import Place
from fetchrun.delivery.targets.smtp import Smtp
from postfix import Postfix, authentication, postfix
from sortlang.rules import Access, Password, Tls
from sortlang.source import Source, Span

pytestmark = pytest.mark.peer
SPAN = Span(Source("mail.sort", ""), 0, 0)
LETTER = (
    b"Return-Path: <carol@sender.example>\r\n"
    b"Received: from mail.sender.example (mail.sender.example [192.0.2.7])\r\n"
    b"\tby mx.example.com (Postfix) with ESMTP id 1; Mon, 1 Jan 2024 00:00:00 +0000\r\n"
    b"To: anna@ex.com\r\nSubject: n%d\r\n\r\nHello\r\n"
)

LMTP = """
protocols = pop3 lmtp
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
}}
"""


@pytest.fixture(scope="module")
def sockets() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sockets-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def server(sockets: Path) -> Iterator[Dovecot]:
    with running(authentication(sockets)) as dovecot:
        yield dovecot


@pytest.fixture(scope="module")
def submission(server: Dovecot, sockets: Path) -> Iterator[Postfix]:
    with postfix(server, sockets, tls="encrypt") as mailer:
        yield mailer


@pytest.fixture
def office(tmp_path: Path, server: Dovecot) -> Office:
    server.empty()
    return Office(tmp_path)


def written(office: Office, server: Dovecot, transport: str) -> None:
    how = f'server "localhost" port {server.plain_port}; tls off;'
    office.write(server, how, f'sort * -> anna@ex.com;\ntransport "*@ex.com" -> {transport};\n')


def login(server: Dovecot, more: str = "") -> str:
    return f'user "{USER}" password env "BOX" tls required ca "{server.ca}" {more}'


@pytest.mark.parametrize("auth", ["auto", "plain", "login", "cram-md5", "scram-sha-256"])
def test_postfix_takes_it_from_who_logs_in_over_tls(
    auth: str, server: Dovecot, submission: Postfix, office: Office
) -> None:
    there = len(submission.taken("anna"))
    server.put([LETTER % 1, LETTER % 2])
    written(office, server, f'smtp "localhost:{submission.port}" {login(server)} auth {auth}')
    ran = office.run("once")
    assert ran.status == 0, ran.err + ran.out + submission.log()
    assert len(submission.awaited("anna", there + 2)) == there + 2, submission.log()
    assert server.stored() == []
    used = "SCRAM-SHA-256" if auth == "auto" else auth.upper()
    assert f"sasl_method={used}, sasl_username={USER}" in submission.log()
    assert PASSWORD not in ran.out + ran.err + submission.log()


def test_tls_from_the_first_byte(
    server: Dovecot, submission: Postfix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fetchrun.delivery.relay.SMTPS", submission.tls_port)
    monkeypatch.setenv("BOX", PASSWORD)
    access = Access(USER, Password("env", "BOX", span=SPAN), tls=Tls(ca=str(server.ca)))
    place = Place("smtp", (f"localhost:{submission.tls_port}",), "ben@ex.com", access)
    (tmp_path / "mail").write_bytes(b"Subject: x\n\nhello\n")
    with FileIO(tmp_path / "mail") as file:
        load = Load(Letter(account_id("pop.example.com", "u"), b"1", 1, 20, b"h"), file, 0, 18)
        relay = Smtp(place)
        copy = Copy(place, "delivered", ("ben@ex.com",), ("ben@ex.com",), "To/Cc", "mail.sort:3")
        assert [each.fate for each in relay.hand(load, [copy])] == ["accepted"]
        relay.close()
    assert len(submission.awaited("ben", 1)) == 1


@pytest.mark.parametrize(
    ("transport", "why"),
    [
        ('user "{user}" password env "WRONG" {tls}', f"does not accept the user {USER} with this password: “535"),
        ('user "{user}" password env "NOT_THERE" {tls}', "the environment variable NOT_THERE is not set"),
        ('user "{user}" password env "BOX"', "is signed by an authority that this machine does not know"),
        ('user "{user}" password env "BOX" {tls} name "mx.ex.com"', "is not for the name mx.ex.com"),
        ('user "{user}" password env "BOX" {tls} pin "' + "0" * 64 + '"', "is not the one that is pinned (if you know"),
        ('user "{user}" password env "BOX" tls off', "no way to log in"),
        ("tls off", "530 5.7.0 Must issue a STARTTLS command first"),
    ],
)
def test_what_postfix_or_we_refuse_waits_on_the_server(
    transport: str, why: str, server: Dovecot, submission: Postfix, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRONG", "wrong-7")
    there = len(submission.taken("anna"))
    server.put([LETTER % 4])
    access = transport.format(user=USER, tls=f'tls required ca "{server.ca}"')
    written(office, server, f'smtp "localhost:{submission.port}" {access}')
    ran = office.run("once")
    assert why in ran.out + ran.err + office.run("quarantine", "list").out, ran.out + ran.err
    assert len(submission.taken("anna")) == there
    assert PASSWORD not in ran.out + ran.err and "wrong-7" not in ran.out + ran.err


def test_without_tls_nothing_is_said_unless_the_rules_allow_it(server: Dovecot, sockets: Path, office: Office) -> None:
    with postfix(server, sockets, tls="none") as mailer:
        server.put([LETTER % 5])
        written(office, server, f'smtp "localhost:{mailer.port}" {login(server)}')
        ran = office.run("once")
        assert "does not offer TLS, and without it nothing is said" in ran.out
        assert "sasl" not in mailer.log() and len(server.stored()) == 1
        written(office, server, f'smtp "localhost:{mailer.port}" user "{USER}" password env "BOX" tls off')
        assert office.run("retry").status == 0
        ran = office.run("once")
        assert ran.status == 0, ran.out + ran.err
        assert len(mailer.awaited("anna", 1)) == 1 and "sasl_method=SCRAM-SHA-256" in mailer.log()


@pytest.mark.parametrize("extension", ["xclient", "xforward"])
def test_postfix_sees_who_brought_the_mail(extension: str, server: Dovecot, sockets: Path, office: Office) -> None:
    allowed = {extension: "127.0.0.1"}
    with postfix(server, sockets, who="permit_mynetworks, permit_auth_destination, reject", **allowed) as mailer:
        server.put([LETTER % 6])
        written(office, server, f'smtp "localhost:{mailer.port}"')
        ran = office.run("once")
        assert ran.status == 0, ran.out + ran.err
        (mail,) = mailer.awaited("anna", 1)
        seen = "client=mail.sender.example[192.0.2.7]"
        assert (seen if extension == "xclient" else "client=unknown[127.0.0.1]") in mailer.log()
        if extension == "xclient":
            assert b"Received: from mail.sender.example (mail.sender.example [192.0.2.7])\n\tby mx.ex.com" in mail


def test_dovecot_takes_it_by_lmtp_over_tls(office: Office) -> None:
    (port,) = free_ports(1)
    with running(LMTP.format(port=port)) as dovecot:
        with (dovecot.folder / "users").open("a") as users:
            users.write("anna@ex.com:{PLAIN}x\n")
        for access, status in ((f'tls required ca "{dovecot.ca}"', 0), ("tls required", 1)):
            dovecot.put([LETTER % 7])
            written(office, dovecot, f'lmtp "localhost:{port}" {access}')
            assert office.run("once").status == status, dovecot.log()
        assert len(dovecot.stored("anna@ex.com")) == 1
