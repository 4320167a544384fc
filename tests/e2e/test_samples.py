"""The samples in the manual are what the program says today, against a real Dovecot."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dovecot import Dovecot, running
from e2e.office import FETCHRUN, SECRET
from samples import MANUAL, same, sample

pytestmark = pytest.mark.peer
NAMES = ("all@provider.net", "sales@provider.net")
PEOPLE = ("anna@ex.com", "anna@ex.com", "ben@ex.com", "info@ex.org", "sales@ex.org", "unknown@ex.com")
RULES = """\
account "office" <
    server "localhost" port {port};
    user "all@provider.net";
    password env "BOX";
    tls ca "ca.pem";
    envelope "X-Original-To";
    keep 3d;
>

account "sales" <
    server "localhost" port {port};
    user "sales@provider.net";
    password env "SALES";
    tls ca "ca.pem";
    keep 3d;
>

sort anna@ex.com -> anna@ex.com;
sort ben@ex.com -> ben@ex.com;
sort "*@ex.org" -> "*@ex.com";
sort * -> postmaster@ex.com;
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Dovecot]:
    """A server with mail for two users, whose certificate bears two names."""
    with running(names=("pop.provider.net", "localhost")) as server:
        server.admit(NAMES)
        for each in NAMES:
            server.put(map(letter, PEOPLE), each)
        yield server


@pytest.fixture
def folder(provider: Dovecot, tmp_path: Path) -> Path:
    """Where the rules file lies, as `mail.sort`."""
    (tmp_path / "ca.pem").write_bytes(provider.ca.read_bytes())
    (tmp_path / "mail.sort").write_text(RULES.format(port=provider.tls_port))
    return tmp_path


@pytest.mark.parametrize("words", ["plan mail.sort", "inspect office mail.sort"])
def test_what_reads_alone(words: str, folder: Path) -> None:
    said = says(folder, *words.split())
    assert same(said, words.split()[0]), said


def test_log(folder: Path) -> None:
    says(folder, "once", "mail.sort", "--account", "office")
    said = says(folder, "log", "--last", "4")
    assert same(said, "log"), said


def test_probe(folder: Path) -> None:
    rules = folder / "mail.sort"
    rules.write_text(rules.read_text().replace('"localhost"', '"127.0.0.1"', 1))
    said = says(folder, "probe", "mail.sort", "--account", "office")
    assert same(said, "probe"), said


def test_status(folder: Path) -> None:
    rules = folder / "mail.sort"
    rules.write_text(rules.read_text().replace("keep 3d;", "keep 3d; limit 2;", 1))
    says(folder, "once", "mail.sort", sales="wrong")
    said = says(folder, "status", "mail.sort")
    assert same(said, "status"), said


def test_a_sample_that_is_not_said_any_more_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAMPLES", raising=False)
    text = "\n".join(each[4:] for each in sample(MANUAL.read_text(), "status").splitlines())
    assert same(text.replace("a moment", "9 days"), "status")
    assert not same(text.replace("does not accept", "greets"), "status")


def letter(recipient: str) -> bytes:
    """As a catch-all mailbox of a provider has it, whose mail came through two of its hosts."""
    return (
        f"Delivered-To: all@provider.net\r\nX-Original-To: {recipient}\r\n"
        "Received: from mx1.provider.net by store.provider.net; Mon, 23 Nov 2026 10:00:02 +0000\r\n"
        "Received: from out.example.org by mx1.provider.net; Mon, 23 Nov 2026 10:00:00 +0000\r\n"
        f"From: somebody@example.org\r\nTo: {recipient}\r\nSubject: hello\r\n\r\nhello\r\n"
    ).encode()


def says(folder: Path, *words: str, sales: str = SECRET) -> str:
    """What the program prints, called in that folder; both outputs together, on a terminal of a hundred columns."""
    more = {"BOX": SECRET, "SALES": sales, "COLUMNS": "100", "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": str(folder)}
    environment = os.environ | {"PYTHONPATH": str(Path("src").absolute())} | more
    ran = subprocess.run(
        (*FETCHRUN, *words), cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120
    )
    return ran.stdout.decode()
