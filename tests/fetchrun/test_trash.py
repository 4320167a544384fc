"""The trash: what was discarded can be brought back, once, and is gone in the end."""

import errno
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest

from fetchrun.delivery import durable
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.deliver import begin, settle
from fetchrun.delivery.dispatch import Dispatch
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.load import Load
from fetchrun.delivery.places import Place
from fetchrun.delivery.target import Unusable
from fetchrun.delivery.trash import expire, hand_on, restore
from fetchrun.delivery.verdict import Verdict
from fetchrun.memory.database import Database
from fetchrun.memory.ledger import DAY, Ledger
from fetchrun.memory.logbook import log, trashed
from fetchrun.trouble import Trouble

Fate = Literal["accepted", "deferred", "failed"]
NOW = 1_700_000_000.0
STORED = b"X: trash\nSubject: x\n\nhello\n"
STEPS = [(durable, name) for name in ("create", "append", "flush_file", "flush_folder", "move", "remove")] + [
    (Database, "commit")
]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    (tmp_path / "state").mkdir()
    opened = Ledger(tmp_path / "state")
    discard(tmp_path, opened, b"1", NOW)
    yield opened
    opened.close()


def discard(root: Path, ledger: Ledger, uid: bytes, now: float) -> None:
    box = ledger.account("pop.example.com", "u", "office")
    about = ("discarded", (), ("x@ex.com",), "To/Cc", "mail.sort:9", b"X: trash\n")
    copy = Copy(Place.at(root / "state" / "trash"), *about)
    staging = begin(Letter(box, uid, 1, 30, received=now - 60), (copy,), now)
    staging.write(b"Subject: x\r\n\r\nhello\r\n")
    settle([staging.finish()], ledger, now)


def files(place: Path) -> list[Path]:
    return [*(place / "new").glob("*"), *(place / "cur").glob("*")]


def test_it_lists_what_was_discarded(tmp_path: Path, ledger: Ledger) -> None:
    (thrown,) = trashed(ledger)
    assert (thrown.account, thrown.recipients, thrown.rule, thrown.when) == (
        "office",
        ("x@ex.com",),
        "mail.sort:9",
        NOW,
    )
    assert [each.name for each in files(tmp_path / "state" / "trash")] == [thrown.name]


def test_what_is_restored_lies_in_the_maildir_and_no_longer_in_the_trash(tmp_path: Path, ledger: Ledger) -> None:
    (thrown,) = trashed(ledger)
    name = restore(ledger, thrown.key, tmp_path / "anna", NOW + 9)
    (file,) = files(tmp_path / "anna")
    assert (file.name, file.read_bytes(), file.stat().st_mtime) == (name, STORED, NOW - 60)
    assert files(tmp_path / "state" / "trash") == []
    assert trashed(ledger) == ()
    assert [(each.target, each.fate, each.note) for each in log(ledger)] == [
        (str(tmp_path / "anna"), "delivered", "restored"),
        (str(tmp_path / "state" / "trash"), "discarded", "restored"),
    ]


def test_what_a_reader_has_seen_in_the_trash_is_restored_too(tmp_path: Path, ledger: Ledger) -> None:
    (file,) = files(tmp_path / "state" / "trash")
    file.rename(tmp_path / "state" / "trash" / "cur" / f"{file.name}:2,S")
    restore(ledger, trashed(ledger)[0].key, tmp_path / "anna", NOW)
    assert len(files(tmp_path / "anna")) == 1


def test_restoring_does_not_change_what_the_session_owes(tmp_path: Path, ledger: Ledger) -> None:
    (thrown,) = trashed(ledger)
    before = ledger.known(thrown.account_id, [])
    restore(ledger, thrown.key, tmp_path / "anna", NOW)
    assert ledger.known(thrown.account_id, []) == before != {}


class Server:
    """Takes mail over, or says what it says; `taken` with the line that is the same at every try."""

    def __init__(self, *fates: Fate) -> None:
        self.fates, self.taken = list(fates), list[bytes]()

    def hand(self, load: Load, copies: Sequence[Copy]) -> Iterator[Verdict]:
        (only,) = copies
        self.taken.append(only.stamp + b"".join(load.blocks()))
        yield Verdict(only, self.fates.pop(0), "because")

    def close(self) -> None:
        pass


THERE = Place("lmtp", ("127.0.0.1:24",), "anna@ex.com")


@pytest.mark.parametrize("before", [(), ("deferred",), ("failed", "deferred")])
def test_what_is_handed_on_is_restored_there_when_it_is_taken(before: tuple[Fate, ...], ledger: Ledger) -> None:
    (thrown,), server = trashed(ledger), Server(*before, "accepted")
    for _ in before:
        with pytest.raises(Unusable, match="because"):
            hand_on(ledger, thrown.key, THERE, Dispatch({"lmtp": lambda _: server}), NOW)
        assert trashed(ledger) == (thrown,)
    hand_on(ledger, thrown.key, THERE, Dispatch({"lmtp": lambda _: server}), NOW)
    assert trashed(ledger) == ()
    assert len(set(server.taken)) == 1
    assert server.taken[0].startswith(b"Delivered-To: anna@ex.com\nX-Fetchrun-Delivery-Id: ")
    assert server.taken[0].endswith(STORED)
    assert [each.target for each in log(ledger)] == [str(THERE), thrown.target]
    assert ledger.known(thrown.account_id, [])[b"1"].state == "done"


def test_what_was_taken_before_a_crash_is_not_handed_on_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    (thrown,), server = trashed(ledger), Server("accepted")
    with monkeypatch.context() as crash, pytest.raises(OSError, match="crash"):
        crash.setattr(ledger, "cleared", _crash)
        hand_on(ledger, thrown.key, THERE, Dispatch({"lmtp": lambda _: server}), NOW)
    hand_on(ledger, thrown.key, THERE, Dispatch({"lmtp": lambda _: server}), NOW)
    assert (len(server.taken), trashed(ledger)) == (1, ())


def _crash(*_: object) -> None:
    raise OSError("crash")


def test_what_is_not_in_the_trash_cannot_be_restored(tmp_path: Path, ledger: Ledger) -> None:
    (thrown,) = trashed(ledger)
    with pytest.raises(Unusable, match="number 99"):
        restore(ledger, 99, tmp_path / "anna", NOW)
    files(tmp_path / "state" / "trash")[0].unlink()
    with pytest.raises(Unusable, match="not in the trash any more"):
        restore(ledger, thrown.key, tmp_path / "anna", NOW)


def test_a_maildir_that_cannot_be_used_leaves_it_in_the_trash(tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unusable):
        restore(ledger, trashed(ledger)[0].key, tmp_path / "file", NOW)
    assert len(files(tmp_path / "state" / "trash")) == len(trashed(ledger)) == 1


@pytest.mark.parametrize("module, name", STEPS, ids=[name for _, name in STEPS])
@pytest.mark.parametrize("which", [1, 2, 3])
def test_broken_at_any_step_it_is_restored_exactly_once(
    module: object, name: str, which: int, tmp_path: Path, ledger: Ledger
) -> None:
    key = trashed(ledger)[0].key
    ledger.close()
    broken = Ledger(tmp_path / "state")
    with pytest.MonkeyPatch.context() as patch:
        _break(patch, module, name, which)
        try:
            restore(broken, key, tmp_path / "anna", NOW)
        except (Trouble, Unusable):
            assert files(tmp_path / "anna") or files(tmp_path / "state" / "trash")
    broken.close()
    again = Ledger(tmp_path / "state")
    if trashed(again):
        restore(again, key, tmp_path / "anna", NOW)
    assert [each.read_bytes() for each in files(tmp_path / "anna")] == [STORED]
    assert files(tmp_path / "state" / "trash") == []
    assert (again.staged(), trashed(again)) == ((), ())
    again.close()


def test_what_a_reader_took_before_it_was_recorded_is_not_restored_twice(tmp_path: Path, ledger: Ledger) -> None:
    key = trashed(ledger)[0].key
    with pytest.MonkeyPatch.context() as patch:
        _break(patch, Database, "commit", 2)
        with pytest.raises((Trouble, Unusable)):
            restore(ledger, key, tmp_path / "anna", NOW)
    (file,) = files(tmp_path / "anna")
    file.unlink()
    again = Ledger(tmp_path / "state")
    restore(again, key, tmp_path / "anna", NOW)
    again.close()
    assert files(tmp_path / "anna") == files(tmp_path / "state" / "trash") == []


def test_what_is_old_goes(tmp_path: Path, ledger: Ledger) -> None:
    discard(tmp_path, ledger, b"2", NOW + 10 * DAY)
    assert expire(ledger, 30 * DAY, NOW + 29 * DAY) == 0
    assert expire(ledger, 30 * DAY, NOW + 31 * DAY) == 1
    (left,) = trashed(ledger)
    assert [each.name for each in files(tmp_path / "state" / "trash")] == [left.name]
    assert left.uid == b"2"


def test_expiring_what_somebody_has_removed_is_no_error(tmp_path: Path, ledger: Ledger) -> None:
    files(tmp_path / "state" / "trash")[0].unlink()
    assert expire(ledger, DAY, NOW + 2 * DAY) == 1
    assert trashed(ledger) == ()


def _break(patch: pytest.MonkeyPatch, module: object, name: str, which: int) -> None:
    """The step fails when it is taken for the `which`-th time."""
    step, calls = getattr(module, name), iter(range(1, 1000))

    def broken(*arguments: object) -> object:
        if next(calls) == which:
            raise sqlite3.OperationalError("disk I/O error") if module is Database else OSError(errno.EIO, "broken")
        return step(*arguments)

    patch.setattr(module, name, broken)
