"""One screen says what is wrong and what to do, for everything that commonly goes wrong."""

import asyncio
import datetime
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import click
import pytest
import trustme
from click.testing import CliRunner

from accounts import NOWHERE, account
from fetchrun.commands import status
from fetchrun.commands.screen import screen
from fetchrun.conclude import troubled
from fetchrun.condition import AccountCondition, Backlog, Complaint, Condition, RulesCondition, after, rules_after
from fetchrun.demo.server import serving
from fetchrun.memory import outside
from fetchrun.memory.conditions import note_next
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.state import locked
from fetchrun.office import Office
from fetchrun.once import once
from fetchrun.progress import Silent
from fetchrun.survey import surveyed
from fetchrun.trouble import Trouble
from sortlang.files import load
from sortlang.rules import OAuth
from wire import Talk, listening

NOW = 1_700_000_000.0
LETTER = b"From: a@example.org\r\nTo: anna@ex.com\r\nSubject: x\r\n\r\nhello\r\n"


class Desk:
    """A rules file with one account, a state folder, and a clock that is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.rules, self.state, self.now = folder / "mail.sort", folder / "state", NOW

    def write(self, port: int, settings: str = "tls off;") -> None:
        secret = self.rules.with_name("password")
        secret.write_text("demo")
        secret.chmod(0o600)
        self.rules.write_text(
            f'account "office" <\n  server "localhost" port {port};\n  user "demo";\n  password file "password";\n'
            f'  {settings}\n>\nsort "*@ex.com" -> "*@ex.com";\nsort * -> all@ex.com;\n'
        )

    async def fetch(self) -> None:
        program, found = load(self.rules)
        assert program is not None, found
        with self.ledger() as ledger:
            await once(Office(program, ledger, self.state, lambda: self.now, Silent()))

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with locked(self.state):
            ledger = Ledger(self.state)
            yield ledger
            ledger.close()

    def condition(self) -> Condition:
        ledger = Ledger(self.state if self.state.exists() else None)
        try:
            return surveyed(self.rules, ledger, self.state, self.now)
        finally:
            ledger.close()

    def against(self, server: Callable[[], AbstractAsyncContextManager[int]], settings: str, times: int = 1) -> None:
        async def ran() -> None:
            async with server() as port:
                self.write(port, settings)
                for _ in range(times):
                    await self.fetch()
                    self.now += 7200

        asyncio.run(ran())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def maildrop(tmp_path: Path) -> Path:
    folder = tmp_path / "maildrop"
    folder.mkdir()
    (folder / "one.eml").write_bytes(LETTER)
    return folder


def complained(desk: Desk, *words: str, whose: str = 'account "office"', line: int | None = None) -> Complaint:
    """The screen says what is wrong with these words, where, and what to do."""
    condition = desk.condition()
    assert [each for each, _ in condition.complaints] == [whose]
    complaint = condition.complaints[0][1]
    shown = screen(condition, desk.now, 10_000)
    assert complaint.sentence in shown
    assert complaint.hint and f"→ {complaint.hint}" in shown
    assert all(word in shown for word in words), shown
    assert "Traceback" not in shown
    assert line is None or f"mail.sort:{line}" in shown
    assert "demo-secret" not in shown
    return complaint


def test_nothing_is_wrong(desk: Desk, maildrop: Path) -> None:
    desk.against(lambda: serving(maildrop), "tls off;")
    condition = desk.condition()
    assert not condition.complaints
    shown = screen(condition, desk.now, 200)
    assert "all is well" in shown
    assert "last success 2 hours ago" in shown


def test_a_wrong_password(desk: Desk, maildrop: Path) -> None:
    desk.against(lambda: serving(maildrop, password="demo-secret"), "tls off;", times=2)
    complaint = complained(desk, "password", "webmail", line=4)
    assert complaint.since == NOW, "a complaint that goes on keeps the time it began"
    assert complaint.lasting
    assert desk.condition().accounts[0].failures == 2


def test_an_expired_certificate(desk: Desk, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    authority.issue_cert("localhost", not_after=yesterday).configure_cert(context)
    desk.against(lambda: listening(_answers({}), context), 'tls ca "ca.pem";')
    complained(desk, "expired", "certificate", "ask the provider to renew it", line=5)


def test_a_server_that_is_down(desk: Desk, maildrop: Path) -> None:
    async def down() -> None:
        async with serving(maildrop) as port:
            desk.write(port)
        await desk.fetch()

    asyncio.run(down())
    complained(desk, "refused the connection", "tried again by itself", line=2)


def test_a_mailbox_in_use(desk: Desk) -> None:
    answers = {b"PASS": b"-ERR [IN-USE] locked by session 7\r\n"}
    desk.against(lambda: listening(_answers(answers)), "tls off;")
    complaint = complained(desk, "in use by another session", "another program reads this mailbox")
    assert not complaint.lasting


def test_a_full_disk(desk: Desk, maildrop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.against(lambda: serving(maildrop), "tls off;")
    monkeypatch.setattr(outside, "LOW", 1 << 62)
    complained(desk, "the disk is full", "make room", "the mail stays on the server", whose="state folder")


def test_a_full_target(desk: Desk, maildrop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write(1)
    desk.state.mkdir()
    (desk.state / "mail").write_text("a file in the way")
    desk.against(lambda: serving(maildrop), "tls off;")
    complained(desk, "1 message cannot be delivered now", "tried again by itself")
    backlog = desk.condition().accounts[0].backlog
    assert (backlog.messages, backlog.octets, backlog.oldest) == (1, len(LETTER), NOW)


def test_broken_rules(desk: Desk, maildrop: Path) -> None:
    desk.against(lambda: serving(maildrop), "tls off;")
    desk.rules.write_text(desk.rules.read_text() + "sort anna@ex.com ->;\n")
    complained(desk, "sortlang check", "keeps to the rules from before", whose="rules", line=9)
    assert [each.name for each in desk.condition().accounts] == ["office"], "the accounts are still shown"


def test_broken_rules_before_anything_was_fetched(desk: Desk) -> None:
    desk.rules.write_text("sort anna@ex.com ->;\n")
    complained(desk, "nothing is fetched meanwhile", whose="rules", line=1)


def test_a_poisoned_message(desk: Desk) -> None:
    answers = {
        b"STAT": b"+OK 2 200\r\n",
        b"UIDL": b"+OK\r\n1 poison\r\n2 fine\r\n.\r\n",
        b"LIST": b"+OK\r\n1 100\r\n2 100\r\n.\r\n",
        b"RETR 2": b"+OK\r\n" + LETTER + b".\r\n",
        b"RETR": b"-ERR internal error\r\n",
    }
    desk.against(lambda: listening(_answers(answers)), "tls off; keep forever;", times=6)
    complained(desk, "uid poison failed 5 times", "webmail", "all other mail comes as usual")
    account = desk.condition().accounts[0]
    assert account.backlog == Backlog(1, 100, NOW, b"poison".hex())


def test_an_expired_token() -> None:
    oauth = OAuth("google", "https://token.example/", "id", "token", span=NOWHERE)
    trouble = Trouble("login", "the server does not accept the user anna with this token", temporary=False)
    complaint = troubled(trouble, account(1, oauth=oauth), NOW)
    assert "fetchrun login test FILE" in complaint.hint


def test_nothing_is_wider_than_a_small_terminal_but_a_path_which_stays_whole(desk: Desk, maildrop: Path) -> None:
    desk.against(lambda: serving(maildrop, password="demo-secret"), "tls off;", times=2)
    account = desk.condition().accounts[0]
    well = replace(account, name="sales", complaint=None, last_success=NOW, notices=("the server removes mail " * 9,))
    lines = click.unstyle(screen(replace(desk.condition(), accounts=(account, well)), desk.now, 60)).splitlines()
    assert all(len(each) <= 60 or ("/" in each and len(each.split()) == 1) for each in lines), lines
    assert any(each.strip().endswith("mail.sort:4") for each in lines)
    assert any("✓ sales: last success 4 hours ago" in each for each in lines)


def test_the_command_line(desk: Desk, maildrop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [str(desk.rules), "--state", str(desk.state)]
    desk.write(1)
    ran = CliRunner().invoke(status.command, words)
    assert ran.exit_code == 0
    assert "never asked yet" in ran.output
    assert not desk.state.exists(), "status changes nothing"
    desk.against(lambda: serving(maildrop, password="other"), "tls off;")
    ran = CliRunner().invoke(status.command, [*words, "--json"])
    assert ran.exit_code == 1
    said = json.loads(ran.output)
    assert not said["well"]
    assert said["accounts"][0]["complaint"]["step"] == "login"


def test_a_damaged_ledger_is_itself_what_is_wrong(desk: Desk) -> None:
    desk.write(1)
    desk.state.mkdir()
    (desk.state / "ledger.db").write_bytes(b"not a database at all" * 100)
    ran = CliRunner().invoke(status.command, [str(desk.rules), "--state", str(desk.state)])
    assert ran.exit_code == 1
    assert "damaged" in ran.output
    assert "fetchrun state rebuild" in ran.output


def test_who_runs_is_seen_without_taking_the_lock(desk: Desk, maildrop: Path) -> None:
    import os

    desk.against(lambda: serving(maildrop), "tls off;")
    assert desk.condition().running is None
    with locked(desk.state):
        assert outside.holder(desk.state) == os.getpid()


def test_S14_what_a_server_says_cannot_steer_the_terminal(desk: Desk) -> None:
    evil = b"-ERR \x1b[2J\x1b]0;owned\x07 \xe2\x80\xae no\r\n"
    desk.against(lambda: listening(_answers({b"PASS": evil})), "tls off;")
    shown = screen(desk.condition(), desk.now)
    assert "\x1b[2J" not in shown
    assert "\x1b]" not in shown
    assert "\u202e" not in shown


def test_when_it_is_asked_next_is_remembered(desk: Desk, maildrop: Path) -> None:
    desk.against(lambda: serving(maildrop), "tls off;")
    from fetchrun.delivery.letter import account_id

    with desk.ledger() as ledger:
        note_next(ledger, account_id("localhost", "demo"), desk.now + 300)
    assert "next in 5 minutes" in screen(desk.condition(), desk.now, 200)


def test_a_failure_that_passes_alarms_nobody_until_it_goes_on() -> None:
    passing = Complaint("connect", "down", "wait", "", NOW, lasting=False)
    one = after(AccountCondition("a", "s"), NOW, "", passing)
    three = after(after(one, NOW + 1, "", passing), NOW + 2, "", passing)
    assert not one.alarming
    assert three.alarming
    assert not after(three, NOW + 3, "", None).alarming
    assert after(AccountCondition("a", "s"), NOW, "", replace(passing, lasting=True)).alarming


def test_the_same_rules_keep_the_time_since_when_they_hold() -> None:
    first = rules_after(None, NOW, "f", "d")
    assert first == RulesCondition("f", "d", NOW)
    assert rules_after(first, NOW + 9, "f", "d") == first
    assert rules_after(first, NOW + 9, "f", "e").since == NOW + 9


def _answers(answers: dict[bytes, bytes]) -> Talk:
    """A server that says +OK to everything but the commands that begin like these; the longest counts."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+OK ready\r\n")
        while line := await reader.readline():
            known = max((each for each in answers if line.startswith(each)), key=len, default=None)
            capa = b"+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n"
            writer.write(answers[known] if known else capa if line.startswith(b"CAPA") else b"+OK\r\n")
            await writer.drain()

    return talk
