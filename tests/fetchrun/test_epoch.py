"""A ledger that was deleted, swapped or restored from a backup is noticed before anything is fetched."""

import errno
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fetchrun.delivery import durable
from fetchrun.memory import epoch, outside
from fetchrun.memory.epoch import EVERY, Epoch, advance, counted, mark
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.state import consulted, locked
from fetchrun.trouble import Trouble

NOW = 1_700_000_000.0


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder in which something was fetched, twice."""
    folder = tmp_path / "state"
    folder.mkdir()
    for now in (NOW, NOW + EVERY):
        _used(folder, now)
    return folder


def _used(state: Path, now: float) -> None:
    with closing(Ledger(state)) as ledger:
        advance(ledger.database, now)


def _refused(state: Path) -> str:
    """What stops every command, for good, with advice."""
    with pytest.raises(Trouble) as trouble:
        Ledger(state)
    assert not trouble.value.temporary
    assert "fetchrun state rebuild" in trouble.value.hint
    with pytest.raises(Trouble):
        consulted(state)
    return trouble.value.sentence


def test_it_counts_once_a_minute_the_ledger_first(state: Path) -> None:
    said = mark(state)
    assert said and said.count == 2
    _used(state, NOW + EVERY + 59)
    assert mark(state) == said
    _used(state, NOW + EVERY + 60)
    assert mark(state) == Epoch(said.id, 3)
    _used(state, NOW)
    assert mark(state) == Epoch(said.id, 4), "a clock that was set back"


def test_F91_a_deleted_ledger_is_not_made_anew(state: Path) -> None:
    (state / "ledger.db").unlink()
    assert "is gone" in _refused(state)
    assert not (state / "ledger.db").exists()
    (state / "ledger.db").touch()
    assert "is gone" in _refused(state)


def test_F91_a_ledger_from_a_backup_is_refused(state: Path, tmp_path: Path) -> None:
    shutil.copy(state / "ledger.db", tmp_path / "backup")
    _used(state, NOW + 2 * EVERY)
    shutil.copy(tmp_path / "backup", state / "ledger.db")
    assert "is older than the mail" in _refused(state)


def test_F91_another_ledger_is_refused(state: Path, tmp_path: Path) -> None:
    _used(tmp_path, NOW)
    shutil.copy(tmp_path / "ledger.db", state / "ledger.db")
    assert "another ledger" in _refused(state)


def test_F91_a_ledger_without_its_epoch_is_refused(state: Path) -> None:
    (state / "epoch").unlink()
    assert "epoch is missing" in _refused(state)


@pytest.mark.parametrize("text", ["", "x", "a b", "a 1 2", "a -1"])
def test_an_epoch_that_cannot_be_read_is_refused(state: Path, text: str) -> None:
    (state / "epoch").write_text(text)
    assert "cannot be read" in _refused(state)


def test_a_whole_folder_from_a_backup_has_nothing_to_compare_with(state: Path, tmp_path: Path) -> None:
    shutil.copytree(state, tmp_path / "moved")
    Ledger(tmp_path / "moved").close()


@pytest.mark.parametrize("step", ["create", "write", "flush_file", "flush_folder"])
def test_a_crash_while_it_counts_stops_nobody(state: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with closing(Ledger(state)) as ledger:
        monkeypatch.setattr(epoch.durable, step, crash)
        with pytest.raises(KeyboardInterrupt):
            advance(ledger.database, NOW + 2 * EVERY)
        monkeypatch.undo()
        assert counted(ledger.database).count == 3
    _used(state, NOW + 3 * EVERY)
    said = mark(state)
    assert said and said.count == 4


def test_a_crash_at_the_very_first_count_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch.durable, "create", _full)
    with pytest.raises(Trouble, match="no space"):
        _used(tmp_path, NOW)
    monkeypatch.undo()
    _used(tmp_path, NOW)


def test_an_epoch_nobody_may_read_is_trouble_of_today(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", denied)
    with pytest.raises(Trouble, match="permission denied") as trouble:
        mark(state)
    assert trouble.value.temporary


def test_a_ledger_in_memory_has_none() -> None:
    with closing(Ledger(None)) as ledger:
        advance(ledger.database, NOW)


def test_F94_a_read_that_fails_ends_the_ledger_and_the_next_one_is_checked(state: Path) -> None:
    with closing(Ledger(state)) as ledger:
        ledger.database._reader.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
        with pytest.raises(Trouble):
            ledger.maildirs()
        with pytest.raises(Trouble, match="closed"):
            ledger.maildirs()
    Ledger(state).close()


@pytest.mark.parametrize(("kind", "there"), [("nfs4", True), ("fuse.sshfs", True), ("ext4", False), ("tmpfs", False)])
def test_F93_F75_a_folder_on_another_machine_is_refused(
    kind: str, there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = tmp_path.stat().st_dev
    line = f"36 35 {device >> 8 & 0xFFF}:{device & 0xFF} / /mnt rw shared:1 - {kind} server:/export rw\n"
    monkeypatch.setattr(outside.os, "major", lambda _: device >> 8 & 0xFFF)
    monkeypatch.setattr(outside.os, "minor", lambda _: device & 0xFF)
    monkeypatch.setattr(Path, "read_text", _reading(f"1 1 0:0 / / rw - ext4 none rw\n{line}"))
    assert outside.network(tmp_path) == (kind if there else "")
    if there:
        with pytest.raises(Trouble, match=kind), locked(tmp_path):
            pass


def test_a_mount_table_nobody_can_read_refuses_nobody(tmp_path: Path) -> None:
    assert outside.network(tmp_path / "absent") == ""


def _reading(text: str) -> Callable[..., str]:
    return lambda *_, **__: text


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("call", ["write", "flush_file"])
def test_F66_F68_a_mark_that_did_not_reach_the_disk_takes_no_place(
    call: str, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        if call == "flush_file":
            raise OSError(errno.EIO, "Input/output error")

    before = mark(state)
    with closing(Ledger(state)) as ledger:
        monkeypatch.setattr(durable, call, lost)
        with pytest.raises(Trouble):
            advance(ledger.database, NOW + 2 * EVERY)
    assert mark(state) == before
