"""Group commit: what several threads write at the same time is one transaction, and durable when each goes on."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from fetchrun.memory.database import Database
from fetchrun.memory.together import MOST
from fetchrun.trouble import Trouble

PATIENCE = 60.0
COUNT, INSERT = "SELECT count(*) FROM conditions", "INSERT INTO conditions VALUES (?, '')"


class Desk:
    """A database whose first commit waits until it may go on."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder / "ledger.db")
        self.commits = 0
        self.held, self.free = threading.Event(), threading.Event()
        self.threads = ThreadPoolExecutor(2 * MOST)

    def write(self, scope: str, step: Callable[[], object] = lambda: None) -> None:
        with self.database.writing() as write:
            write.execute(INSERT, (scope,))
            step()

    def together(self, *steps: Callable[[], object]) -> list["Future[None]"]:
        """One block each, entered while a commit is under way, in any order; they are over when this returns."""
        first = self.threads.submit(self.write, "first")
        assert self.held.wait(PATIENCE)
        some = [self.threads.submit(self.write, str(number), step) for number, step in enumerate(steps)]
        while self.database._together.waiting < len(steps):
            assert not any(each.done() for each in some)
        self.free.set()
        for each in (first, *some):
            each.exception(PATIENCE)
        return some

    def scopes(self) -> set[str]:
        return {scope for (scope,) in self.database.read("SELECT scope FROM conditions")}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk, commit = Desk(tmp_path), Database.commit

    def held(database: Database) -> None:
        desk.commits += 1
        desk.held.set()
        assert desk.free.wait(PATIENCE)
        commit(database)

    monkeypatch.setattr(Database, "commit", held)
    yield desk
    desk.threads.shutdown()
    desk.database.close()


def nothing() -> None:
    pass


def test_those_that_wait_for_a_commit_share_the_next(desk: Desk) -> None:
    desk.together(*[nothing] * 5)
    assert (desk.commits, desk.scopes()) == (2, {"first", *"01234"})


def test_no_more_than_so_many_wait_for_each_other(desk: Desk) -> None:
    desk.together(*[nothing] * (MOST + 1))
    assert (desk.commits, len(desk.scopes())) == (3, MOST + 2)


def test_a_fault_of_one_is_not_that_of_the_others(desk: Desk) -> None:
    one, two, three = desk.together(nothing, lambda: 1 // 0, nothing)
    assert isinstance(two.exception(), ZeroDivisionError)
    assert (one.exception(), three.exception()) == (None, None)
    assert desk.scopes() == {"first", "0", "2"}


def test_what_the_disk_does_to_one_it_does_to_all(desk: Desk) -> None:
    def broken() -> None:
        raise sqlite3.OperationalError("disk I/O error")

    some = desk.together(nothing, broken, nothing)
    # Whoever was over before the broken one came, and so had a commit of his own, has written; nobody else has.
    failed = [number for number, each in enumerate(some) if isinstance(each.exception(), Trouble)]
    assert 1 in failed
    with pytest.raises(Trouble):
        desk.write("later")
    written = {scope for (scope,) in sqlite3.connect(desk.database.path or "").execute("SELECT scope FROM conditions")}
    assert written == {"first"} | {str(number) for number in range(3) if number not in failed}


@pytest.mark.parametrize("error", [sqlite3.OperationalError("disk I/O error"), ZeroDivisionError()])
def test_a_commit_that_fails_fails_for_all(desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    commit = Database.commit

    def second(database: Database) -> None:
        if desk.commits:
            raise error
        commit(database)

    monkeypatch.setattr(Database, "commit", second)
    some = desk.together(nothing, nothing)
    assert all(isinstance(each.exception(), Trouble | ZeroDivisionError) for each in some)
    written = {scope for (scope,) in sqlite3.connect(desk.database.path or "").execute("SELECT scope FROM conditions")}
    assert written == {"first"}


def test_nobody_reads_what_is_not_durable_but_whoever_wrote_it(desk: Desk) -> None:
    with desk.database.writing() as write:
        write.execute(INSERT, ("mine",))
        assert desk.database.read(COUNT) == [(1,)]
        assert desk.threads.submit(desk.database.read, COUNT).result(PATIENCE) == [(0,)]
        desk.free.set()
    assert desk.threads.submit(desk.database.read, COUNT).result(PATIENCE) == [(1,)]


def test_nobody_goes_on_before_the_commit(desk: Desk) -> None:
    first = desk.threads.submit(desk.write, "first")
    assert desk.held.wait(PATIENCE)
    assert not first.done()
    desk.free.set()
    first.result(PATIENCE)
    assert desk.commits == 1
