"""`fetchrun state`: a lost ledger is made anew, and neither loses nor doubles a message."""

import asyncio
import errno
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import ledgers
from fetchrun.cli import main
from fetchrun.memory import schema
from fetchrun.memory.ledger import Ledger
from postbox import Postbox, letter

SORTING = 'sort "*@ex.com" -> "*@ex.com"; sort * -> all@ex.com; transport "ben@ex.com" -> maildir "{mail}/{{local}}";\n'


@dataclass
class Scene:
    """A rules file, a state folder and a postbox with three messages, one of them for two."""

    folder: Path
    postbox: Postbox
    port: int

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def ledger(self) -> Path:
        return self.state / "ledger.db"

    def run(self, *words: str, settings: str = "keep forever;") -> Result:
        rules = self.folder / "mail.sort"
        account = f'server "localhost" port {self.port}; tls off; user "u"; password env "P"; {settings}'
        rules.write_text(f'account "box" < {account} >\n' + SORTING.format(mail=self.folder / "mail"))
        return CliRunner().invoke(main, [*words, str(rules), "--state", str(self.state)], env={"P": "secret"})

    def fetched(self, settings: str = "keep forever;") -> Result:
        ran = self.run("once", settings=settings)
        assert ran.exit_code == 0, ran.output
        return ran

    def mail(self) -> dict[str, list[bytes]]:
        """Whose mail it is → what lies there, wherever a reader has put it."""
        places = [*self.state.glob("mail/*/*"), *(self.folder / "mail").glob("*"), self.state / "trash"]
        return {
            each.name: sorted(map(_text, (*each.glob("*/*:2,*"), *each.glob("new/*"))))
            for each in places
            if each.is_dir()
        }

    def rebuilt(self, *words: str) -> str:
        ran = self.run("state", "rebuild", "--yes", *words)
        assert ran.exit_code == 0, ran.output
        return ran.output


def _text(file: Path) -> bytes:
    return file.read_bytes().partition(b"Message-ID")[2]


def _two(number: int) -> bytes:
    return letter(number).replace(b"anna@ex.com", b"anna@ex.com, ben@ex.com")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    postbox = Postbox([letter(1), _two(2), letter(3)])
    with _served(postbox) as port:
        yield Scene(tmp_path, postbox, port)


@contextmanager
def _served(postbox: Postbox) -> Iterator[int]:
    """The postbox in a loop of its own, for commands that run theirs."""
    loop, ended, ports = asyncio.new_event_loop(), asyncio.Event(), list[int]()
    ready = threading.Event()

    async def serve() -> None:
        async with postbox.serving() as port:
            ports.append(port)
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(30)
    yield ports[0]
    loop.call_soon_threadsafe(ended.set)
    thread.join()
    loop.close()


def _deleted(scene: Scene) -> None:
    for each in scene.state.glob("ledger.db*"):
        each.unlink()


def _damaged(scene: Scene) -> None:
    with scene.ledger.open("r+b") as file:
        file.seek(100)
        file.write(os.urandom(12_000))


def _no_database(scene: Scene) -> None:
    scene.ledger.write_bytes(b"Dear ledger, " * 1000)


def _forgotten(scene: Scene) -> None:
    _deleted(scene)
    (scene.state / "epoch").unlink()


def _foreign(scene: Scene) -> None:
    _deleted(scene)
    ledgers.made(schema.VERSION, scene.state)


LOSSES = pytest.mark.parametrize("lose", [_deleted, _damaged, _no_database, _forgotten, _foreign])


@LOSSES
def test_F90_F91_a_lost_ledger_stops_every_run_and_is_made_anew_without_loss_or_double(
    scene: Scene, lose: object
) -> None:
    scene.fetched()
    before = scene.mail()
    lose(scene)  # type: ignore[operator]
    ran = scene.run("once")
    assert ran.exit_code == 78
    assert "fetchrun state rebuild" in ran.output
    assert scene.mail() == before
    assert "3 listed; 3 delivered" in scene.rebuilt()
    scene.postbox.messages.append(letter(4))
    scene.fetched()
    assert len(scene.mail()["anna"]) == 4
    assert len(scene.mail()["ben"]) == 1
    scene.fetched(settings="")
    assert scene.postbox.messages == []


def test_F91_a_ledger_from_a_backup_keeps_what_it_knows(scene: Scene, tmp_path: Path) -> None:
    scene.fetched()
    shutil.copy(scene.ledger, tmp_path / "backup")
    for each in (*scene.state.glob("mail/*/*/new/*"),):
        each.unlink()  # somebody has read and deleted it: only the old ledger knows of it
    scene.postbox.messages.append(letter(4))
    _later(scene)
    scene.fetched()
    shutil.copy(tmp_path / "backup", scene.ledger)
    assert scene.run("once").exit_code == 78
    assert (
        "4 listed; 3 known to the old ledger; 1 delivered, by the files in Maildirs; 0 with no trace" in scene.rebuilt()
    )
    scene.fetched()
    assert len(scene.mail()["anna"]) == 1


def test_what_a_reader_has_moved_is_found_and_what_he_deleted_comes_again(scene: Scene) -> None:
    scene.fetched()
    anna = scene.state / "mail" / "ex.com" / "anna"
    one, two, three = sorted((anna / "new").iterdir())
    (anna / ".Archive" / "cur").mkdir(parents=True)
    one.rename(anna / "cur" / f"{one.name}:2,S")
    two.rename(anna / ".Archive" / "cur" / f"{two.name}:2,RS")
    three.unlink()
    _deleted(scene)
    output = scene.rebuilt()
    assert "1 with no trace here are fetched" in output or "1 delivered in part" in output
    scene.fetched()
    assert len([*anna.glob("*/*:2,*"), *anna.glob(".Archive/cur/*"), *anna.glob("new/*")]) == 3


def test_others_can_be_left_for_ever(scene: Scene) -> None:
    scene.fetched()
    shutil.rmtree(scene.state / "mail")
    shutil.rmtree(scene.folder / "mail")
    _deleted(scene)
    assert "3 with no trace here stay there and are never fetched" in scene.rebuilt("--adopt-others")
    scene.fetched(settings="")
    assert scene.mail().get("anna", []) == []
    assert len(scene.postbox.messages) == 3


def test_a_copy_that_is_missing_is_owed_and_the_others_are_not_made_twice(scene: Scene) -> None:
    scene.fetched()
    shutil.rmtree(scene.folder / "mail" / "ben")
    _deleted(scene)
    assert "1 delivered in part, the rest is fetched again" in scene.rebuilt()
    scene.fetched()
    assert len(scene.mail()["ben"]) == 1
    assert len(scene.mail()["anna"]) == 3


def test_mail_that_lies_where_todays_rules_would_not_put_it_stays_and_is_not_made_twice(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.fetched()
    _deleted(scene)
    monkeypatch.setitem(globals(), "SORTING", SORTING.removeprefix('sort "*@ex.com" -> "*@ex.com"; '))
    assert "3 delivered in part" in scene.rebuilt()
    scene.fetched()
    assert {name: len(mail) for name, mail in scene.mail().items()} == {"all": 3, "anna": 3, "ben": 1}


def test_F74_a_maildir_that_cannot_be_looked_into_leaves_all_as_it_was(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> dict[str, tuple[Path, ...]]:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    scene.fetched()
    _deleted(scene)
    monkeypatch.setattr("fetchrun.rebuild.ours", broken)
    ran = scene.run("state", "rebuild", "--yes")
    assert ran.exit_code == 75
    assert "cannot look into" in ran.output
    assert not scene.ledger.exists()


def test_F31_a_uid_that_is_another_message_now_is_not_taken_for_delivered(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postbox.hash", lambda message: message.index(b"\r\n"), raising=False)
    scene.postbox.messages = [letter(1)]
    scene.fetched()
    scene.postbox.messages = [letter(2, b"other\r\n")]
    _deleted(scene)
    assert "1 with no trace here" in scene.rebuilt()
    scene.fetched(settings="")
    assert len(scene.mail()["anna"]) == 2
    assert scene.postbox.messages == []


def test_mail_in_the_trash_counts_as_dealt_with(scene: Scene) -> None:
    scene.postbox.messages = [letter(1).replace(b"anna@ex.com", b"spam@ex.org")]
    scene.fetched()
    _deleted(scene)
    assert "1 listed; 1 delivered" in scene.rebuilt()


def test_without_yes_nothing_is_changed(scene: Scene) -> None:
    scene.fetched()
    _no_database(scene)
    before = sorted((each.name, each.read_bytes()) for each in scene.state.iterdir() if each.is_file())
    ran = scene.run("state", "rebuild")
    assert ran.exit_code == 0
    assert "3 listed; 3 delivered" in ran.output
    assert "nothing was changed; --yes does it" in ran.output
    after = sorted((each.name, each.read_bytes()) for each in scene.state.iterdir() if each.is_file())
    assert before == after
    assert not (scene.state / "rebuild").exists()


def test_S44_the_old_ledger_stays_beside_the_new_one(scene: Scene) -> None:
    scene.fetched()
    _no_database(scene)
    there = scene.ledger.read_bytes()
    output = scene.rebuilt()
    (kept,) = (each for each in scene.state.glob("ledger.db.*"))
    assert kept.read_bytes() == there
    assert f"the old one is {kept}" in output


def test_a_server_that_cannot_be_asked_leaves_all_as_it_was(scene: Scene) -> None:
    scene.fetched()
    _deleted(scene)
    scene.postbox.cuts = {"UIDL"}
    ran = scene.run("state", "rebuild", "--yes")
    assert ran.exit_code == 1
    assert "nothing was changed" in ran.output
    assert not scene.ledger.exists()


@pytest.mark.parametrize("step", ["move", "flush_folder"])
def test_cut_off_while_it_is_put_in_place_no_run_takes_it_for_whole(
    scene: Scene, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.fetched()
    _no_database(scene)
    from fetchrun.delivery import durable
    from fetchrun.memory import renew

    real = getattr(durable, step)
    for point in range(1, 4):
        calls = iter(range(1, 1000))

        class Cut(Exception):
            """Power."""

        def cut(*given: object, point: int = point, calls: Iterator[int] = calls) -> object:
            if next(calls) == point:
                raise Cut
            return real(*given)

        monkeypatch.setattr(renew.durable, step, cut)
        ran = scene.run("state", "rebuild", "--yes")
        monkeypatch.undo()
        if not isinstance(ran.exception, Cut):
            break
        assert scene.run("once").exit_code == 78
    scene.rebuilt()
    scene.fetched()
    assert len(scene.mail()["anna"]) == 3


def test_check_says_what_there_is(scene: Scene) -> None:
    scene.fetched()
    ran = scene.run("state", "check")
    assert ran.exit_code == 0
    assert "messages there: 3 done" in ran.output
    assert "copies: 4 done" in ran.output
    assert "maildrops: 1" in ran.output
    assert ran.output.endswith("all is well\n")


@pytest.mark.parametrize(
    ("lose", "said"),
    [
        (_deleted, "is gone"),
        (_damaged, "damaged"),
        (_no_database, "damaged"),
        (_forgotten, "nothing was fetched"),
        (_foreign, "another"),
    ],
)
def test_check_says_what_is_wrong_and_changes_nothing(scene: Scene, lose: object, said: str) -> None:
    scene.fetched()
    lose(scene)  # type: ignore[operator]
    before = {each.name: each.stat().st_mtime_ns for each in scene.state.glob("ledger.db")}
    ran = scene.run("state", "check")
    assert ran.exit_code == 1
    assert said in ran.output
    assert "fetchrun state rebuild" in ran.output
    assert {each.name: each.stat().st_mtime_ns for each in scene.state.glob("ledger.db")} == before


def test_check_finds_rows_that_belong_to_nothing(scene: Scene) -> None:
    scene.fetched()
    with closing(sqlite3.connect(scene.ledger)) as connection, connection:
        connection.execute("DELETE FROM messages WHERE key = 1")
    assert "belongs to no row of messages" in scene.run("state", "check").output


def test_check_of_an_older_and_of_a_newer_ledger(scene: Scene) -> None:
    scene.state.mkdir()
    ledgers.made(1, scene.state)
    assert f"schema: 1, becomes {schema.VERSION} at the next run" in scene.run("state", "check").output
    with closing(sqlite3.connect(scene.ledger)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    assert "newer than this fetchrun" in scene.run("state", "check").output
    with closing(sqlite3.connect(scene.ledger)) as connection:
        connection.execute("PRAGMA user_version = 0")
    assert "never a ledger" in scene.run("state", "check").output


def test_F92_a_newer_schema_ends_with_78(scene: Scene) -> None:
    scene.fetched()
    with closing(sqlite3.connect(scene.ledger)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    ran = scene.run("once")
    assert ran.exit_code == 78
    assert "newer fetchrun" in ran.output


def test_export_tells_all_and_no_secret(scene: Scene) -> None:
    scene.fetched()
    ran = scene.run("state", "export")
    records = [json.loads(line) for line in ran.output.splitlines()]
    assert [each["kind"] for each in records] == ["account", *["message"] * 3, *["copy"] * 4]
    assert {each["state"] for each in records[1:]} == {"done"}
    assert {address for each in records for address in each.get("addresses", ())} == {"anna@ex.com", "ben@ex.com"}
    assert "secret" not in ran.output
    assert "hello" not in ran.output


def test_export_pages(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fetchrun.memory.export._PAGE", 2)
    scene.fetched()
    assert len(scene.run("state", "export").output.splitlines()) == 8


def _later(scene: Scene) -> None:
    """The last count was more than a minute ago."""
    with closing(Ledger(scene.state)) as ledger, ledger.database.writing() as write:
        write.execute("UPDATE epoch SET since = 0")
