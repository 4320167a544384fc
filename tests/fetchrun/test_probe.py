"""The step at which a login fails, each with a real server and a real certificate made for it.

A certificate with NUL in its name cannot be made: `cryptography` refuses to write one, and OpenSSL to match one.
"""

import asyncio
import dataclasses
import datetime
import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import CliRunner

from accounts import account
from dovecot import Dovecot
from fetchrun.cli import main
from fetchrun.probe import Finding, probed
from sortlang.rules import Account, Password

AUTHORITY = trustme.CA(organization_name="The Office")
STEPS = ["DNS", "TCP", "greeting", "version", "chain", "name", "expiry", "login"]


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


@contextmanager
def server(context: ssl.SSLContext | None, words: bytes = b"+OK\r\n") -> Iterator[int]:
    """A server in a thread, which fails a handshake as real ones do, with an alert; greets, and refuses all else."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    _talk(context.wrap_socket(connection, server_side=True) if context else connection, words)
                except OSError:
                    continue

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _talk(connection: socket.socket, words: bytes) -> None:
    with connection:
        connection.sendall(words)
        while connection.recv(4096):
            connection.sendall(b"-ERR no\r\n")


def served(certificate: trustme.LeafCert, **settings: Any) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    for name, value in settings.items():
        setattr(made, name, value)
    return made


def findings(made: Account) -> list[Finding]:
    async def probe() -> list[Finding]:
        return [each async for each in probed(made)]

    return asyncio.run(probe())


def failing(made: Account) -> Finding:
    """The last finding, which is the only one that failed."""
    found = findings(made)
    assert all(each.trouble is None for each in found[:-1]) and found[-1].trouble is not None, found
    assert not any("secret" in each.sentence + each.line for each in found)
    return found[-1]


def secured(port: int, ca: Path | None = None, **tls: Any) -> Account:
    made = account(port, tls="required", ca=ca)
    return dataclasses.replace(made, tls=dataclasses.replace(made.tls, **tls))


@pytest.mark.peer
@pytest.mark.parametrize("tls", ["required", "starttls"])
def test_all_is_well(dovecot: Dovecot, tls: Any) -> None:
    port = dovecot.tls_port if tls == "required" else dovecot.plain_port
    password = Password("literal", dovecot.password, span=account(1).span)
    found = findings(account(port, tls=tls, ca=dovecot.ca, user=dovecot.user, password=password))
    assert [each.step for each in found] == STEPS
    assert all(each.trouble is None for each in found)
    assert found[-1].sentence == f"{dovecot.user} is let in; 0 messages of 0 bytes lie there"


@pytest.mark.peer
def test_login(dovecot: Dovecot) -> None:
    found = failing(account(dovecot.tls_port, tls="required", ca=dovecot.ca, user=dovecot.user))
    assert found.step == "login" and "with this password" in found.sentence


@pytest.mark.peer
def test_stls(dovecot: Dovecot) -> None:
    """F38: not offered on the port with TLS from the first byte; and there the other way is found."""
    found = failing(secured(dovecot.plain_port, dovecot.ca))
    assert found.step == "version" and found.sentence.endswith("does not speak TLS")
    assert found.line == f'server "localhost" port {dovecot.plain_port}; tls starttls;'


def test_stls_not_offered() -> None:
    """F38."""
    with server(None) as port:
        found = failing(account(port, tls="starttls"))
    assert found.step == "STLS" and "refused to begin TLS" in found.sentence


def test_dns() -> None:
    """F01."""
    found = failing(dataclasses.replace(account(995), server="x" * 64 + ".example"))
    assert found.step == "DNS" and found.sentence.startswith("there is no host with the name")


def test_tcp() -> None:
    """F01."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = failing(account(port))
    assert found.step == "TCP" and found.sentence == f"localhost:{port} refused the connection"


def test_greeting() -> None:
    """F44."""
    with server(None, b"220 mail.example ESMTP\r\n") as port:
        found = failing(account(port))
    assert found.step == "greeting" and found.sentence.endswith("is a mail server that speaks SMTP, not POP3")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_version_too_old_for_anybody(ca: Path) -> None:
    """F40: TLS 1.1 at best, for which OpenSSL has to be talked into it."""
    context = served(AUTHORITY.issue_cert("localhost"), minimum_version=ssl.TLSVersion.TLSv1)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with server(context) as port:
        found = failing(secured(port, ca))
    assert found.step == "version" and "speaks no version of TLS that is allowed here" in found.sentence
    assert found.sentence.endswith("it speaks TLSv1.1 at best") and found.line == ""


def test_version_too_old_for_the_account(ca: Path) -> None:
    context = served(AUTHORITY.issue_cert("localhost"), maximum_version=ssl.TLSVersion.TLSv1_2)
    with server(context) as port:
        found = failing(secured(port, ca, minimum="1.3"))
    assert (found.step, found.line) == ("version", "tls min 1.2;")


def test_chain_of_an_unknown_authority() -> None:
    """F40."""
    with server(served(AUTHORITY.issue_cert("localhost"))) as port:
        found = failing(secured(port))
    assert found.step == "chain" and found.sentence.endswith("that this machine does not know")
    assert found.line == 'tls ca "localhost.pem";'


def test_chain_of_itself_alone() -> None:
    """F40."""
    authority = trustme.CA()
    leaf = trustme.LeafCert(authority.private_key_pem.bytes(), authority.cert_pem.bytes(), [])
    with server(served(leaf)) as port:
        found = failing(secured(port))
    assert found.step == "chain" and found.sentence.endswith("is signed by nobody but itself")


def test_chain_that_cannot_be_read(tmp_path: Path) -> None:
    with server(served(AUTHORITY.issue_cert("localhost"))) as port:
        found = failing(secured(port, tmp_path / "gone.pem"))
    assert found.step == "chain" and found.sentence.endswith("No such file or directory")


def test_name(ca: Path) -> None:
    """F40."""
    with server(served(AUTHORITY.issue_cert("*.example.com", "pop.example.com"))) as port:
        found = failing(secured(port, ca))
        assert found.step == "name"
        assert found.sentence.endswith("is not for the name localhost: it bears *.example.com, pop.example.com")
        assert found.line == 'tls name "pop.example.com";'
        assert failing(secured(port, ca, name="pop.example.com")).step == "login"


@pytest.mark.parametrize(("years", "sentence"), [(-3, "has expired"), (3, "is not valid yet")])
def test_expiry(ca: Path, years: int, sentence: str) -> None:
    """F40."""
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=365 * years)
    leaf = AUTHORITY.issue_cert("localhost", not_before=then - datetime.timedelta(1), not_after=then)
    with server(served(leaf)) as port:
        found = failing(secured(port, ca))
    assert found.step == "expiry" and f"{sentence}: it was valid from " in found.sentence
    assert str(then.year) in found.sentence


def test_pin(ca: Path) -> None:
    leaf = AUTHORITY.issue_cert("localhost")
    der = ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode())
    with server(served(leaf)) as port:
        found = failing(secured(port, ca, pins=("0" * 64,)))
        assert (found.step, found.line) == ("pin", f'tls pin "sha256:{hashlib.sha256(der).hexdigest()}";')
        assert failing(secured(port, ca, pins=(hashlib.sha256(der).hexdigest(),))).step == "login"


def test_the_command(ca: Path, tmp_path: Path) -> None:
    """Which line to look at, what to write there, and the certificate for `tls ca`."""
    file, written = tmp_path / "mail.sort", tmp_path / "server.pem"
    leaf = AUTHORITY.issue_cert("pop.example.com")
    with server(served(leaf)) as port:
        account = (
            f'account "box" <\n  server "localhost" port {port};\n  user "anna";\n  password "canary";\n'
            '  tls ca "ca.pem";\n  deliver anna@ex.com;\n>\n'
        )
        file.write_text(account)
        result = CliRunner().invoke(main, ["probe", str(file), "--certificate", str(written)])
    assert result.exit_code == 1
    assert "  FAIL  name " in result.output and "canary" not in result.stdout
    assert f"look at:  {file}:5" in result.output and 'write:    tls name "pop.example.com";' in result.output
    assert ssl.PEM_cert_to_DER_cert(written.read_text()) == ssl.PEM_cert_to_DER_cert(
        leaf.cert_chain_pems[0].bytes().decode()
    )
