"""What goes wrong is said in one sentence that names the cause and the line; and no secret leaks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from dovecot import Dovecot, free_ports, running
from e2e.office import SECRET, Office
from e2e.proxy import recording

pytestmark = pytest.mark.peer
LETTER = b"From: a@example.org\r\nTo: anna@ex.com\r\nSubject: x\r\n\r\nhello\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with running() as dovecot:
        dovecot.put([LETTER])
        yield dovecot


@pytest.fixture(scope="module")
def bare() -> Iterator[Dovecot]:
    """A server without TLS."""
    with running(more="ssl = no") as dovecot:
        dovecot.put([LETTER])
        yield dovecot


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def complained(office: Office, line: int, *words: str, password: str = SECRET) -> None:
    """The run ends with status 1 and one sentence for that line of the file, with these words and no traceback."""
    ran = office.run("once", password=password)
    assert ran.status == 1, ran
    sentences = [each for each in ran.err.splitlines() if each.startswith(f"{office.rules}:{line}:")]
    assert len(sentences) == 1, ran.err
    assert all(word in sentences[0] for word in words), sentences
    assert "Traceback" not in ran.err
    # Whoever did not get in does not know what lies there.
    assert "nothing new" not in ran.out and "0 listed" not in ran.err, ran
    assert SECRET not in ran.err + ran.out
    assert not list(office.state.glob("mail/*/*/*/*"))


def test_a_wrong_password(server: Dovecot, office: Office) -> None:
    office.write(server, f'server "localhost" port {server.tls_port}; tls ca "{server.ca}";')
    complained(office, 3, 'account "box"', "password", password="not-the-one")


def test_a_password_that_is_not_there(server: Dovecot, office: Office) -> None:
    office.write(server, f'server "localhost" port {server.tls_port}; tls ca "{server.ca}";')
    office.rules.write_text(office.rules.read_text().replace('env "BOX"', 'env "NO_SUCH_VARIABLE"'))
    complained(office, 3, "NO_SUCH_VARIABLE")


def test_an_untrusted_certificate(server: Dovecot, office: Office, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    office.write(server, f'server "localhost" port {server.tls_port};\n  tls ca "{stranger}";')
    complained(office, 5, "certificate")


def test_a_certificate_for_another_name(server: Dovecot, office: Office) -> None:
    office.write(server, f'server "127.0.0.1" port {server.tls_port};\n  tls ca "{server.ca}";')
    complained(office, 5, "certificate", "127.0.0.1")


def test_a_refused_connection(server: Dovecot, office: Office) -> None:
    (port,) = free_ports(1)
    office.write(server, f'server "localhost" port {port};')
    complained(office, 4, "refused the connection", str(port))


def test_a_ca_file_that_is_not_there(server: Dovecot, office: Office) -> None:
    office.write(server, f'server "localhost" port {server.tls_port};\n  tls ca "no-such.pem";')
    complained(office, 5, "no-such.pem")


@pytest.mark.parametrize("mode", ["required", "starttls"])
def test_tls_against_a_server_without_it_puts_no_password_on_the_wire(mode: str, bare: Dovecot, office: Office) -> None:
    with recording(bare.plain_port) as tap:
        office.write(bare, f'server "localhost" port {tap.port};\n  tls {mode};')
        complained(office, 5, "TLS")
    assert tap.sent, "nothing was said to the server, so the test proves nothing"
    assert SECRET.encode() not in tap.sent
    assert b"USER" not in tap.sent.upper()
    assert b"AUTH" not in tap.sent.upper()


def test_one_account_in_trouble_does_not_stop_another(server: Dovecot, office: Office) -> None:
    (port,) = free_ports(1)
    office.write(server, f'server "localhost" port {server.tls_port}; tls ca "{server.ca}"; keep forever;')
    broken = f'account "down" < server "localhost" port {port}; user "x"; password env "BOX"; >\n'
    office.rules.write_text(broken + office.rules.read_text())
    ran = office.run("once")
    assert ran.status == 1
    assert "box: 1 listed, 1 delivered" in ran.err
    assert 'mail.sort:1: account "down"' in ran.err


def test_a_rules_file_with_errors_fetches_nothing(server: Dovecot, office: Office) -> None:
    office.write(server, "server;")
    ran = office.run("once")
    assert ran.status == 78
    assert f"{office.rules}:4:" in ran.err
    assert not office.state.exists()
