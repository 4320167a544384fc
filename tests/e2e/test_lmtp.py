"""Mail handed on to Dovecot by LMTP: each message once, whatever dies, and what Dovecot refuses is not lost."""

import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dovecot import Dovecot, free_ports, running
from e2e.office import Office, mail_in
from letters import PEOPLE, letters, recipient

pytestmark = pytest.mark.peer
LETTERS = tuple(letters(150, seed=7))
SIEVE = Path("deploy/dedupe.sieve").absolute()

LMTP = """
protocols = pop3 lmtp
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
}}
protocol lmtp {{
  mail_plugins = sieve
  postmaster_address = postmaster@ex.com
}}
plugin {{
  sieve_before = {folder}/dedupe.sieve
}}
"""


class Server:
    """A Dovecot that gives mail by POP3 and takes it by LMTP."""

    def __init__(self, dovecot: Dovecot, port: int) -> None:
        self.dovecot, self.port = dovecot, port
        with (dovecot.folder / "users").open("a") as users:
            users.writelines(f"{each}@ex.com:{{PLAIN}}x\n" for each in (*PEOPLE, "admin"))

    def emptied(self) -> "Server":
        for each in (*PEOPLE, "admin"):
            shutil.rmtree(self.dovecot.maildir_of(f"{each}@ex.com"), ignore_errors=True)
        self.dovecot.empty()
        self.dovecot.put(LETTERS)
        return self

    def count(self) -> int:
        """How many messages were taken until now, somebody may be working on them."""
        return sum(1 for _ in (self.dovecot.folder / "mail").glob("*@ex.com/new/*"))

    def taken(self, person: str) -> Counter[bytes]:
        """What lies in a mailbox, without the lines above the message."""
        maildir = self.dovecot.maildir_of(f"{person}@ex.com")
        return Counter(map(_bare, mail_in(maildir) if maildir.exists() else ()))


@pytest.fixture(scope="module")
def running_server() -> Iterator[Server]:
    if not Path("/usr/lib/dovecot/lmtp").exists() or not shutil.which("sievec"):
        pytest.skip("Dovecot with LMTP and Sieve is not installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copy(SIEVE, folder)
        subprocess.run(["sievec", str(folder / SIEVE.name)], check=True)
        (port,) = free_ports(1)
        with running(LMTP.format(port=port, folder=folder)) as dovecot:
            yield Server(dovecot, port)
            assert "Error: sieve" not in dovecot.log()


@pytest.fixture
def server(running_server: Server) -> Server:
    return running_server.emptied()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def rules(
    server: Server, sorting: str = 'sort "*@ex.com" -> "*@ex.com";\nsort * -> admin@ex.com;\n'
) -> tuple[str, str]:
    how = f'server "localhost" port {server.dovecot.plain_port}; tls off;'
    return how, sorting + f'transport "*@ex.com" -> lmtp "127.0.0.1:{server.port}";\n'


def expected(person: str) -> Counter[bytes]:
    return Counter(each.replace(b"\r\n", b"\n") for each in LETTERS if recipient(each) == f"{person}@ex.com")


def test_each_letter_lies_once_and_whole_with_the_one_it_is_for(server: Server, office: Office) -> None:
    office.write(server.dovecot, *rules(server))
    ran = office.run("once")
    assert ran.status == 0, ran.err
    for person in PEOPLE:
        assert server.taken(person) == expected(person)
    assert server.dovecot.stored() == []
    assert f"lmtp 127.0.0.1:{server.port}" in ran.out
    assert f"lmtp 127.0.0.1:{server.port} anna@ex.com" in office.run("log").out


def test_F96_a_user_whom_dovecot_does_not_know(server: Server, office: Office) -> None:
    office.write(
        server.dovecot, *rules(server, "sort anna@ex.com -> nobody@ex.com, ben@ex.com;\nsort * -> admin@ex.com;\n")
    )
    ran = office.run("once")
    assert ran.status == 0, ran.err
    kept = list(mail_in(office.state / "quarantine"))
    assert len(kept) == expected("anna").total()
    assert all(b"X-Fetchrun-Quarantine: nobody@ex.com: lmtp " in each and b"550 5.1.1" in each for each in kept)
    assert server.taken("ben") == expected("anna")
    assert server.taken("admin").total() == len(LETTERS)
    assert server.dovecot.stored() == []


def test_quarantined_mail_is_shown_delivered_after_all_or_dropped(server: Server, office: Office) -> None:
    wrong, right = "sort anna@ex.com -> nobody@ex.com;\n", "sort anna@ex.com -> eva@ex.com;\n"
    office.write(server.dovecot, *rules(server, wrong + "sort * -> admin@ex.com;\n"))
    assert office.run("once").status == 0
    listed = office.run("quarantine", "list").out
    first, second, *_ = [line.split()[0] for line in listed.splitlines()[2:]]
    assert "anna@ex.com" in listed and "550 5.1.1" in listed
    shown = office.run("quarantine", "show", after=(first,)).out
    assert "why: nobody@ex.com: lmtp " in shown and "Subject: " in shown
    again = office.run("quarantine", "retry", after=(first,))
    assert (again.status, "refused again" in again.err) == (1, True)
    office.write(server.dovecot, *rules(server, right + "sort * -> admin@ex.com;\n"))
    after = office.run("quarantine", "retry", after=(first,))
    assert (after.status, after.out) == (0, f"{first}: delivered to eva@ex.com\n"), after.err
    assert server.taken("eva").total() == 1 and set(server.taken("eva")) <= set(expected("anna"))
    assert office.run("quarantine", "drop", after=(second,)).out == f"{second}: dropped\n"
    assert office.run("quarantine", "retry", after=(first, second)).status == 1
    left = office.run("quarantine", "list").out
    assert len(left.splitlines()) == len(listed.splitlines()) - 2
    assert len(list(mail_in(office.state / "quarantine"))) == expected("anna").total() - 2


def test_F58_mail_that_comes_round_again_is_stopped(server: Server, office: Office) -> None:
    office.write(server.dovecot, *rules(server))
    assert office.run("once").status == 0
    rounds = [each.read_bytes() for each in server.dovecot.maildir_of("anna@ex.com").glob("new/*")]
    server.dovecot.empty()
    server.dovecot.put(b"X-Original-To: anna@ex.com\n" + each for each in rounds)
    before = server.taken("anna")
    ran = office.run("once")
    assert ran.status == 0 and f"{len(rounds)} in quarantine" in ran.err, ran.err
    assert server.taken("anna") == before
    assert all(b"it was delivered to anna@ex.com before" in each for each in mail_in(office.state / "quarantine"))


def test_a_server_that_is_away_loses_nothing(server: Server, office: Office) -> None:
    how, sorting = rules(server)
    (closed,) = free_ports(1)
    office.write(server.dovecot, how, sorting.replace(str(server.port), str(closed)))
    ran = office.run("once")
    assert ran.status == 1 and "refused the connection" in ran.out
    assert len(server.dovecot.stored()) == len(LETTERS)
    office.write(server.dovecot, how, sorting)
    assert office.run("once").status == 0
    assert server.taken("eva") == expected("eva")


def test_F79_killed_and_killed_again_the_sieve_rule_leaves_one_of_each(server: Server, office: Office) -> None:
    office.write(server.dovecot, *rules(server))
    for count in (1, 30, 70, 110):
        process = office.start("once")
        while process.poll() is None and server.count() < count:
            time.sleep(0.001)
        process.kill()
        process.communicate()
    ran = office.run("once")
    assert ran.status == 0, ran.err
    for person in PEOPLE:
        assert server.taken(person) == expected(person)
    assert server.dovecot.stored() == []


def _bare(stored: bytes) -> bytes:
    """Each letter begins with its Return-Path; Dovecot puts another one, and its own lines and ours, on top."""
    return stored[stored.rindex(b"\nReturn-Path: <sender") + 1 :]
