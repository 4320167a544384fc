"""The same mail twice in a mailbox: who gets a second copy, and for how long it is known again."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiled import compiled
from fetchrun.delivery.deliver import settle
from fetchrun.delivery.identity import longest
from fetchrun.listing import Entry
from fetchrun.memory.ledger import DAY, Ledger
from fetchrun.office import Office
from fetchrun.once import cleaned
from fetchrun.plan import Retrieve
from fetchrun.pop3.command import retr
from fetchrun.pop3.event import Chunk, Reply
from fetchrun.precedents import Precedents
from fetchrun.progress import Silent
from fetchrun.retrieve import Desk, staged
from fetchrun.server.retrieval import Retrieval
from fetchrun.summary import Tally

NOW, HOUR = 1_700_000_000.0, 3600.0
GUESSED = b"Received: by mx\r\nTo: anna@ex.com\r\nSubject: Twice\r\n\r\nThe same.\r\n"
TOLD = b"X-Original-To: anna@ex.com\r\n" + GUESSED


class Wire:
    """A dialog that has one message to give."""

    def __init__(self, message: bytes) -> None:
        self._chunks = iter((Chunk(message[:50]), Chunk(message[50:], last=True)))

    async def chunk(self) -> Chunk:
        return next(self._chunks)


class Mailbox:
    """An office for one account with these settings, and the ledger behind it."""

    def __init__(self, state: Path, settings: str, more: str = "") -> None:
        account = f'account "box" < server "h"; user "u"; password env "P"; {settings} >\n'
        self.ledger, self.now = Ledger(state), NOW
        program = compiled(account + more + "sort anna@ex.com -> anna@ex.com; sort * -> rest@ex.com;")
        self.account, self.office = program.accounts[0], Office(program, self.ledger, state, lambda: self.now, Silent())
        self._box, self._count = self.ledger.account("h", "u", "box"), 0

    def got(self, message: bytes) -> str:
        """What becomes of one more message: the note of its one deposit, empty if it was delivered."""
        self._count += 1
        entry = Entry(self._count, b"%d" % self._count, len(message))
        retrieval = Retrieval(entry, Reply(retr(1), True, b""), Wire(message))  # type: ignore[arg-type]
        desk = Desk(self._box, Tally(self.account), self.office, Precedents(self.account, self.office))
        staging = asyncio.run(staged(retrieval, Retrieve(entry, 1, self.now), desk))
        assert staging is not None
        (outcome,) = settle([staging.finish()], self.ledger, self.now)
        (deposit,) = outcome.deposits
        return deposit.note

    def later(self, seconds: float) -> "Mailbox":
        self.now += seconds
        cleaned(self.office)
        return self


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "state").mkdir()
    yield tmp_path / "state"


@pytest.mark.parametrize(
    ("settings", "message", "second"),
    [
        ("", GUESSED, "duplicate"),
        ("", TOLD, ""),
        ("duplicates drop 1d;", GUESSED, "duplicate"),
        ("duplicates drop 1d;", TOLD, "duplicate"),
        ("duplicates keep;", GUESSED, ""),
        ("duplicates keep;", TOLD, ""),
    ],
)
def test_a_second_copy(settings: str, message: bytes, second: str, state: Path) -> None:
    box = Mailbox(state, settings)
    assert [box.got(message), box.got(message)] == ["", second]
    box.ledger.close()


@pytest.mark.parametrize(("settings", "days"), [("", 7), ("duplicates drop 2d;", 2), ("duplicates drop 30d;", 30)])
def test_a_mail_is_known_again_for_so_long(settings: str, days: int, state: Path) -> None:
    box = Mailbox(state, settings)
    assert box.got(GUESSED) == ""
    assert box.later(days * DAY - HOUR).got(GUESSED) == "duplicate"
    assert box.later(2 * HOUR).got(GUESSED) == ""
    box.ledger.close()


def test_another_account_s_longer_memory_is_not_this_one_s(state: Path) -> None:
    other = 'account "long" < server "h"; user "v"; password env "P"; duplicates drop 30d; >\n'
    box = Mailbox(state, "duplicates drop 1d;", other)
    assert box.got(TOLD) == ""
    assert box.later(2 * DAY).got(TOLD) == ""
    assert longest(box.office.program.accounts) == 30 * DAY
    box.ledger.close()


def test_nothing_is_hashed_that_nobody_asks_for(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fetchrun.retrieve.Identity", None)
    box = Mailbox(state, "duplicates keep;")
    assert box.got(GUESSED) == ""
    box.ledger.close()


def test_without_accounts_a_week_is_remembered() -> None:
    assert longest(()) == 7 * DAY
