"""The main job against Dovecot, as an admin runs it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dovecot import Dovecot, running
from e2e.office import Office
from letters import letters, recipient

pytestmark = pytest.mark.peer
COUNT = 1_000
LETTERS = tuple(letters(COUNT))


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with running() as dovecot:
        yield dovecot


@pytest.fixture
def full(server: Dovecot) -> Dovecot:
    """The server with all letters in its maildrop."""
    server.empty()
    server.put(LETTERS)
    return server


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def ways(server: Dovecot) -> dict[str, str]:
    """How to reach the server: settings of an account."""
    ca = f'tls ca "{server.ca}";'
    return {
        "plain": f'server "localhost" port {server.plain_port}; tls off;',
        "stls": f'server "localhost" port {server.plain_port}; tls starttls; {ca}',
        "tls": f'server "localhost" port {server.tls_port}; tls required; {ca}',
    }


def expected() -> dict[str, Counter[bytes]]:
    """What a mail reader must find: every letter once, in the Maildir of the one it is for, with LF line ends."""
    found: dict[str, Counter[bytes]] = {}
    for each in LETTERS:
        found.setdefault(recipient(each).partition("@")[0], Counter())[each.replace(b"\r\n", b"\n")] += 1
    return found


@pytest.mark.parametrize("way", ["plain", "stls", "tls"])
def test_all_messages_arrive_once_and_byte_exact_and_the_second_run_downloads_nothing(
    way: str, full: Dovecot, office: Office
) -> None:
    office.write(full, ways(full)[way] + " keep forever;")
    first = office.run("once")
    assert (first.status, "1000 listed, 1000 delivered" in first.err) == (0, True), first
    assert office.delivered() == expected()
    assert office.leftovers() == []
    second = office.run("once")
    assert second.status == 0
    assert "1000 listed, 1000 left (delivered, kept for now)" in second.err
    assert "to retrieve" not in second.err
    assert office.delivered() == expected()
    assert len(full.stored()) == COUNT


def test_delivered_messages_are_removed_from_the_server(full: Dovecot, office: Office) -> None:
    office.write(full, ways(full)["tls"])
    ran = office.run("once")
    assert "1000 removed from the server" in ran.err
    assert office.delivered() == expected()
    assert full.stored() == []


def test_without_a_stamp_the_message_is_stored_as_it_came(server: Dovecot, office: Office) -> None:
    server.empty()
    server.put(LETTERS[:20])
    office.write(server, ways(server)["tls"] + " stamp off;")
    assert office.run("once").status == 0
    stored = Counter(each.read_bytes() for each in office.state.glob("mail/ex.com/*/new/*"))
    assert stored == Counter(each.replace(b"\r\n", b"\n") for each in LETTERS[:20])


def test_a_limit_of_100_takes_ten_sessions(full: Dovecot, office: Office) -> None:
    office.write(full, ways(full)["tls"] + " limit 100;")
    for session in range(1, 11):
        assert office.run("once").status == 0
        assert len(full.stored()) == COUNT - 100 * session
    assert office.delivered() == expected()


def test_keep_7d_leaves_mail_for_seven_days_and_then_removes_it(server: Dovecot, office: Office) -> None:
    server.empty()
    server.put(LETTERS[:50])
    office.write(server, ways(server)["tls"] + " keep 7d;")
    assert office.run("once").status == 0
    assert len(server.stored()) == 50
    later = office.run("once", before=("faketime", "-f", "+6d"))
    assert "50 left (delivered, kept for now)" in later.err
    later = office.run("once", before=("faketime", "-f", "+8d"))
    assert "50 removed from the server" in later.err
    assert server.stored() == []
    assert sum(sum(each.values()) for each in office.delivered().values()) == 50


def test_plan_says_what_would_happen_and_changes_nothing(server: Dovecot, office: Office) -> None:
    server.empty()
    server.put(LETTERS[:30])
    office.write(server, ways(server)["tls"])
    planned = office.run("plan")
    assert planned.status == 0
    assert "30 messages on localhost" in planned.out
    assert "anna@ex.com" in planned.out
    assert not office.state.exists()
    assert len(server.stored()) == 30
    assert "30 delivered" in office.run("once").err


def test_the_log_names_recipient_source_rule_and_file(server: Dovecot, office: Office) -> None:
    server.empty()
    server.put(LETTERS[:5])
    office.write(server, ways(server)["tls"])
    office.run("once")
    lines = office.run("log").out.splitlines()[2:]
    assert len(lines) == 5
    assert all("mail.sort:6" in line and "@ex.com" in line and "delivered" in line for line in lines)


def test_discarded_mail_lies_in_the_trash_and_comes_back(server: Dovecot, office: Office) -> None:
    server.empty()
    server.put(LETTERS[:10])
    office.write(server, ways(server)["tls"], sorting='sort "anna@ex.com" -> anna@ex.com;\n')
    ran = office.run("once")
    lost = [each for each in LETTERS[:10] if recipient(each) != "anna@ex.com"]
    assert "missing-catch-all" in ran.err
    assert f"{len(lost)} discarded" in ran.err
    rows = office.run("trash", "list").out.splitlines()[2:-1]
    assert len(rows) == len(lost)
    number = rows[0].split()[0]
    assert office.run("trash", "restore", after=(number, "--to", "ben@ex.com")).status == 0
    assert len(list(office.state.glob("mail/ex.com/ben/new/*"))) == 1
    assert len(list(office.state.glob("trash/new/*"))) == len(lost) - 1
    assert office.run("trash", "restore", after=(number, "--to", "ben@ex.com")).status == 1
