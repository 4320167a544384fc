"""`fetchrun run` against Dovecot: signals, reloads, state folder, nothing lost and nothing twice."""

import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dovecot import Dovecot, running
from e2e.office import Office
from fetchrun.rulebook import MANY
from letters import letters, recipient

pytestmark = pytest.mark.peer
PATIENCE = 120.0
LETTERS = tuple(letters(300, seed=5))


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with running() as dovecot:
        yield dovecot


@pytest.fixture
def office(server: Dovecot, tmp_path: Path) -> Office:
    """An office whose account is asked each ten seconds; the maildrop is empty."""
    server.empty()
    office = Office(tmp_path)
    office.write(server, settings(server))
    return office


def settings(server: Dovecot, more: str = "", every: str = "10s") -> str:
    return f'server "localhost" port {server.tls_port}; tls ca "{server.ca}"; every {every}; {more}'


class Run:
    """A running daemon; `said` is what it has said so far."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process, self.said = process, ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.said += line.decode()

    def until(self, condition: Callable[[], bool]) -> None:
        """Waits for the condition; fails if it does not come or the daemon ends."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def says(self, words: str) -> None:
        self.until(lambda: words in self.said)

    def ended(self, number: int = signal.SIGTERM) -> int:
        """Its exit status after this signal."""
        self.process.send_signal(number)
        status = self.process.wait(timeout=PATIENCE)
        self._reader.join(timeout=PATIENCE)
        return status


@contextmanager
def started(office: Office, **more: str) -> Iterator[Run]:
    process = office.start("run", **more)  # type: ignore[arg-type]
    run = Run(process)
    try:
        yield run
    finally:
        process.kill()
        process.wait()
        run._reader.join()
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stderr.close()


def arrived(office: Office) -> int:
    return len(list(office.state.glob("mail/*/*/new/*")))


def test_mail_that_comes_later_is_fetched_too_and_sigterm_ends_it(server: Dovecot, office: Office) -> None:
    server.put(LETTERS[:20])
    with started(office) as run:
        run.until(lambda: arrived(office) == 20)
        server.put(LETTERS[20:25])
        run.until(lambda: arrived(office) == 25)
        assert run.ended() == 0
    assert "Traceback" not in run.said
    assert server.stored() == []


def test_a_limited_session_is_followed_by_the_next_at_once(server: Dovecot, office: Office) -> None:
    office.write(server, settings(server, "limit 10;", every="1d"))
    server.put(LETTERS[:95])
    with started(office) as run:
        run.until(lambda: arrived(office) == 95)
        assert run.ended() == 0


def test_a_second_one_is_told_who_holds_the_state_folder(office: Office) -> None:
    with started(office) as run:
        run.until(lambda: (office.state / "ledger.db").exists())
        second = office.run("run")
        assert second.status == 75
        assert f"another fetchrun (process {run.process.pid})" in second.err


def test_a_broken_file_and_nothing_from_before_is_78_and_with_something_goes_on_by_it(
    server: Dovecot, office: Office
) -> None:
    good = office.rules.read_text()
    office.rules.write_text(good + "sort ;\n")
    assert office.run("run").status == 78
    office.rules.write_text(good)
    server.put(LETTERS[:1])
    with started(office) as run:
        run.until(lambda: arrived(office) == 1)
        assert any(office.state.glob("rules-*.table"))
        assert run.ended() == 0
    office.rules.write_text(good + "sort ;\n")
    server.put(LETTERS[1:6])
    with started(office) as run:
        run.until(lambda: arrived(office) == 6)
        assert "HAS ERRORS" in run.said
        office.rules.write_text(good)
        run.says("no errors any more")


def test_an_edit_counts_for_the_next_session_and_an_error_does_not(server: Dovecot, office: Office) -> None:
    good = office.rules.read_text()
    with started(office) as run:
        run.until(lambda: any(office.state.glob("rules-*.table")))
        office.rules.write_text(good.replace("every 10s", "every 11s") + 'sort "*@ex.com" > nonsense\n')
        run.says("the rules from before stay in force")
        office.rules.write_text(good + "sort anna@ex.com -> ben@ex.com;\n")
        run.says("anna@ex.com")
        server.put(each for each in LETTERS[:60])
        run.until(lambda: arrived(office) == 60)
        assert run.ended() == 0
    mail = office.delivered()
    assert "anna" not in mail
    assert sum(mail["ben"].values()) == sum(recipient(each) in ("anna@ex.com", "ben@ex.com") for each in LETTERS[:60])


def test_refused_logins_end_until_sighup(server: Dovecot, office: Office) -> None:
    with started(office, password="wrong") as run:
        run.says("does not accept the user")
        before = server.log().count("auth failed")
        run.process.send_signal(signal.SIGHUP)
        run.until(lambda: server.log().count("auth failed") > before)
        assert run.ended() == 0
    assert "wrong" not in run.said


def test_one_account_s_trouble_is_not_another_s(server: Dovecot, office: Office) -> None:
    text = office.rules.read_text()
    other = 'account "dead" < server "127.0.0.1" port 9; tls off; user "x"; password env "BOX"; every 10s; >\n'
    office.rules.write_text(text + other)
    server.put(LETTERS[:10])
    with started(office) as run:
        run.until(lambda: arrived(office) == 10)
        run.says('account "dead"')
        assert run.ended() == 0


def test_the_service_manager_is_told(server: Dovecot, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(office.folder / "notify"))
        manager.settimeout(PATIENCE)
        monkeypatch.setenv("NOTIFY_SOCKET", str(office.folder / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        heard: list[str] = []

        def hear(state: str) -> None:
            while not heard or not heard[-1].startswith(state):
                heard.append(manager.recv(1000).decode())

        with started(office) as run:
            hear("READY=1")
            hear("WATCHDOG=1")
            hear("WATCHDOG=1")
            run.process.send_signal(signal.SIGHUP)
            hear("RELOADING=1\nMONOTONIC_USEC=")
            hear("READY=1")
            run.process.send_signal(signal.SIGTERM)
            hear("STOPPING=1")
            assert run.process.wait(timeout=PATIENCE) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_loses_nothing_and_doubles_nothing(number: int, server: Dovecot, office: Office) -> None:
    server.put(LETTERS)
    with started(office) as run:
        run.until(lambda: next(iter(office.state.glob("mail/*/*/tmp/*")), None) is not None or arrived(office) > 0)
        assert run.ended(number) == 0
        assert "Traceback" not in run.said
    assert office.run("once").status == 0
    assert office.delivered() == expected(LETTERS)
    assert server.stored() == []
    assert office.leftovers() == []


def expected(messages: tuple[bytes, ...]) -> dict[str, Counter[bytes]]:
    found: dict[str, Counter[bytes]] = {}
    for each in messages:
        found.setdefault(recipient(each).partition("@")[0], Counter())[each.replace(b"\r\n", b"\n")] += 1
    return found


@pytest.mark.parametrize(
    ("count", "reloads"), [(2_000, 40), pytest.param(10_000, 200, marks=pytest.mark.soak)], ids=["short", "soak"]
)
def test_reloads_while_mail_comes_lose_none_and_double_none(
    count: int, reloads: int, server: Dovecot, tmp_path: Path
) -> None:
    """Several accounts, to which mail comes all the while; the rules send it to other Maildirs again and again, or are
    broken.
    """
    mail, users = tuple(letters(count, seed=6)), [f"user{number}@example.com" for number in range(4)]
    with (server.folder / "users").open("a") as known:
        known.writelines(f"{each}:{{PLAIN}}{server.password}\n" for each in users)
    office = Office(tmp_path)
    (tmp_path / "accounts.sort").write_text("".join(_account(server, each) for each in users))
    _edited(office, 0)
    with started(office) as run:
        run.until(lambda: any(office.state.glob("rules-*.table")))
        for number in range(1, reloads + 1):
            for place, user in enumerate(users):
                server.put(mail[number - 1 :: reloads][place :: len(users)], user)
            _edited(office, number)
            run.until(lambda wanted=number: run.said.count("the rules are new") >= wanted)  # type: ignore[misc]
            if number % 10 == 0:
                run.until(lambda: not any(server.stored(each) for each in users))
        assert run.ended() == 0
    assert "Traceback" not in run.said
    delivered: Counter[bytes] = sum(office.delivered().values(), Counter())
    assert delivered == Counter(each.replace(b"\r\n", b"\n") for each in mail)
    assert len({name.rpartition("-")[2] for name in office.delivered()}) > reloads // 20, "each by rules of its time"
    assert office.leftovers() == []


def _account(server: Dovecot, user: str) -> str:
    reached = f'server "localhost" port {server.tls_port}; tls ca "{server.ca}"; every 1s; limit 20;'
    return f'account "{user}" < user "{user}"; password env "BOX"; {reached} >\n'


def _edited(office: Office, number: int) -> None:
    """Another target for everyone; by an atomic rename, in place, or in place after a moment with an error in it."""
    text = f'include "accounts.sort";\nsort "*@ex.com" -> "*-{number}@ex.com";\nsort * -> admin@ex.com;\n'
    if number % 3 == 0:
        (office.folder / "mail.sort~").write_text(text)
        (office.folder / "mail.sort~").rename(office.rules)
        return
    if number % 3 == 1:
        office.rules.write_text(text[:-20])
    office.rules.write_text(text)


def test_one_line_of_very_many_that_is_edited_holds_for_the_next_mail(server: Dovecot, office: Office) -> None:
    lines = [f"sort user{number}@ex.com -> box{number % 8}@ex.com;" for number in range(MANY + 1)]
    edited = [*lines[:50_000], "sort user50000@ex.com -> elsewhere@ex.com;", *lines[50_001:]]
    last = "\nsort * -> admin@ex.com;\n"
    letter = b"From: a@example.org\r\nTo: user50000@ex.com\r\nSubject: %d\r\n\r\nhello\r\n"
    office.write(server, settings(server), "\n".join(lines) + last)
    server.put([letter % 1])
    with started(office) as run:
        run.until(lambda: arrived(office) == 1)
        office.write(server, settings(server), "\n".join(edited) + last)
        run.says("the rules are new")
        server.put([letter % 2])
        run.until(lambda: arrived(office) == 2)
        assert run.ended() == 0
    assert {name: found.total() for name, found in office.delivered().items()} == {"box0": 1, "elsewhere": 1}
