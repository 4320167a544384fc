"""Every released schema opens and becomes today's, also when that is cut off in the middle."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import ledgers
from fetchrun.memory import schema
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.logbook import log
from fetchrun.trouble import Trouble

OPENED = (
    "import sys; from pathlib import Path; from fetchrun.memory.ledger import Ledger; Ledger(Path(sys.argv[1])).close()"
)
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


def test_every_version_has_its_fixture_and_that_of_today_is_what_we_make() -> None:
    assert sorted(ledgers.released()) == list(range(1, schema.VERSION + 1))
    with closing(sqlite3.connect(":memory:")) as fixture, closing(schema.connect(None)) as made:
        fixture.executescript(ledgers.released()[schema.VERSION].read_text())
        assert ledgers.schema_of(fixture) == ledgers.schema_of(made)


@pytest.mark.parametrize("version", sorted(ledgers.released()))
def test_T12_a_ledger_of_each_version_opens_with_all_that_it_knows(version: int, tmp_path: Path) -> None:
    ledgers.made(version, tmp_path)
    _whole(tmp_path)
    _whole(tmp_path)


def test_T12_what_was_made_on_demand_before_is_kept(tmp_path: Path) -> None:
    ledgers.made(1, tmp_path)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection, connection:
        table = (
            "CREATE TABLE IF NOT EXISTS conditions (scope TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID"
        )
        connection.execute(table)
        connection.execute("INSERT INTO conditions VALUES ('rules', '{}')")
    _whole(tmp_path)
    with closing(Ledger(tmp_path)) as ledger:
        assert ledger.database.read("SELECT * FROM conditions") == [("rules", "{}")]


def test_a_step_that_fails_leaves_the_ledger_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledgers.made(1, tmp_path)
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS[:1], "CREATE TABLE epoch (id); INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(Trouble, match="no such table"):
        Ledger(tmp_path)
    monkeypatch.undo()
    _whole(tmp_path)


def test_T12_two_that_open_an_old_ledger_at_once_take_its_steps_once(tmp_path: Path) -> None:
    ledgers.made(1, tmp_path)
    processes = [_opening(tmp_path) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    _whole(tmp_path)


@pytest.mark.peer
@needs_strace
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "unlink"])
def test_T12_killed_at_a_system_call_it_opens_as_the_old_or_the_new(call: str, tmp_path: Path) -> None:
    killed = 0
    for when in range(1, 40):
        state = tmp_path / str(when)
        state.mkdir()
        ledgers.made(1, state)
        code = _opening(
            state, "strace", "-f", "-qq", "-o", os.devnull, "-e", f"inject={call}:signal=KILL:when={when}"
        ).wait()
        _whole(state)
        if code == 0:
            break
        killed += 1
    assert killed


def _opening(state: Path, *before: str) -> "subprocess.Popen[bytes]":
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([*before, sys.executable, "-c", OPENED, str(state)], env=environment)


def _whole(state: Path) -> None:
    """It opens, with today's tables and yesterday's rows."""
    with closing(Ledger(state)) as ledger, closing(schema.connect(None)) as made:
        connection = ledger.database._connection
        assert ledgers.schema_of(connection) == ledgers.schema_of(made)
        assert ledger.database.read("PRAGMA user_version") == [(schema.VERSION,)]
        assert ledger.database.read("SELECT count(*) FROM epoch") == [(1,)]
        known = ledger.known(ledgers.BOX, [])
        assert {uid.decode(): each.state for uid, each in known.items()} == {each: each for each in ledgers.STATES}
        assert {each.fate for each in log(ledger)} == {"delivered", "discarded"}
        assert len(ledger.staged()) == 1
