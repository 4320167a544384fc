"""Files that change in every way in which files change."""

import asyncio
import errno
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fetchrun import watch
from fetchrun.watch import Places, Watch, folders, look

PATIENCE = 30.0
Change = Callable[[Path], None]


def in_place(root: Path) -> None:
    (root / "mail.sort").write_text("two\n")


def renamed(root: Path) -> None:
    (root / "mail.sort~").write_text("two\n")
    (root / "mail.sort~").rename(root / "mail.sort")


def same_size_and_time(root: Path) -> None:
    about = (root / "mail.sort").stat()
    (root / "mail.sort").write_text("eno\n")
    os.utime(root / "mail.sort", ns=(about.st_atime_ns, about.st_mtime_ns))


def unreadable(root: Path) -> None:
    (root / "mail.sort").chmod(0)


def deleted(root: Path) -> None:
    (root / "mail.sort").unlink()


def one_more_part(root: Path) -> None:
    (root / "rules.d" / "b.sort").write_text("b\n")


def part_edited(root: Path) -> None:
    (root / "rules.d" / "a.sort").write_text("aa\n")


def folder_made_again(root: Path) -> None:
    shutil.rmtree(root / "rules.d")
    (root / "rules.d").mkdir()
    (root / "rules.d" / "a.sort").write_text("again\n")


def missing_file_appears(root: Path) -> None:
    (root / "later.sort").write_text("x\n")


CHANGES: list[Change] = [
    in_place,
    renamed,
    same_size_and_time,
    unreadable,
    deleted,
    one_more_part,
    part_edited,
    folder_made_again,
    missing_file_appears,
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "mail.sort").write_text("one\n")
    (tmp_path / "rules.d").mkdir()
    (tmp_path / "rules.d" / "a.sort").write_text("a\n")
    return tmp_path


def places(root: Path) -> Places:
    names = ("mail.sort", "rules.d/a.sort", "later.sort")
    return Places(tuple(str(root / each) for each in names), (str(root / "rules.d" / "*.sort"),))


async def noticed(where: Places, change: Callable[[], None], tell: Callable[[str], None] = lambda _: None) -> None:
    """Returns when the change was noticed that is made while somebody watches; fails if it never is."""
    eye = Watch(tell)
    try:
        seen = look(where)
        waiting = asyncio.ensure_future(eye.change(where, seen))
        while eye._observer and len(eye._watches) < len(folders(where)):
            await asyncio.sleep(0.01)
        assert not waiting.done()
        await asyncio.to_thread(change)
        await asyncio.wait_for(waiting, PATIENCE)
        assert look(where) != seen
    finally:
        eye.close()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_noticed(change: Change, root: Path) -> None:
    asyncio.run(noticed(places(root), lambda: change(root)))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_noticed_by_its_event_alone(change: Change, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "POLL_SECONDS", 10 * PATIENCE)
    asyncio.run(noticed(places(root), lambda: change(root)))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_noticed_without_events(change: Change, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "inotify instance limit reached")

    told: list[str] = []
    monkeypatch.setattr(watch.Observer, "schedule", none_left)
    asyncio.run(noticed(places(root), lambda: change(root), told.append))
    assert len(told) == 1
    assert "each second" in told[0]


def test_a_swapped_link_to_a_mounted_folder_is_noticed(tmp_path: Path) -> None:
    """As Kubernetes mounts a ConfigMap: the file is a link through `..data`, which alone is swapped."""
    for name in ("..1", "..2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mail.sort").write_text(name)
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "mail.sort").symlink_to("..data/mail.sort")

    def swap() -> None:
        (tmp_path / "..data_tmp").symlink_to("..2")
        (tmp_path / "..data_tmp").rename(tmp_path / "..data")
        shutil.rmtree(tmp_path / "..1")

    asyncio.run(noticed(Places((str(tmp_path / "mail.sort"),)), swap))


def test_a_swapped_release_is_noticed_and_so_is_an_edit_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("releases/1", "releases/2"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "mail.sort").write_text(name)
    (tmp_path / "current").symlink_to("releases/1")
    monkeypatch.setattr(watch, "POLL_SECONDS", 10 * PATIENCE)
    where = Places((str(tmp_path / "current" / "mail.sort"),))

    def swap() -> None:
        (tmp_path / "next").symlink_to("releases/2")
        (tmp_path / "next").rename(tmp_path / "current")

    async def both() -> None:
        await noticed(where, swap)
        await noticed(where, lambda: (tmp_path / "releases/2/mail.sort").write_text("edited") and None)

    asyncio.run(both())


def test_a_checkout_is_noticed(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=x", "-c", "user.email=x@example.com")
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-b", "one")
    (tmp_path / "mail.sort").write_text("one\n")
    git("add", ".")
    git("commit", "-m", "one")
    git("checkout", "-b", "two")
    (tmp_path / "mail.sort").write_text("two\n")
    git("commit", "-am", "two")
    asyncio.run(noticed(Places((str(tmp_path / "mail.sort"),)), lambda: git("checkout", "one")))


def test_a_folder_that_was_made_again_is_heard_again(root: Path) -> None:
    async def again() -> None:
        eye = Watch(lambda _: None)
        try:
            where = places(root)
            eye._looked(where)
            folder_made_again(root)
            inode = (root / "rules.d").stat().st_ino
            eye._looked(where)
            assert eye._watches[str(root / "rules.d")][0] == inode
        finally:
            eye.close()

    asyncio.run(again())


def test_reading_is_no_change(root: Path) -> None:
    before = look(places(root))
    (root / "mail.sort").read_text()
    assert look(places(root)) == before


def test_what_is_being_written_is_left_alone_until_it_rests(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look while it is written to sees another file, and only the one after the last write ends the wait."""
    written: list[int] = []
    honest = look

    def meanwhile(where: Places) -> watch.Seen:
        if len(written) < 8:
            written.append(len(written))
            (root / "mail.sort").write_text("x" * len(written))
        return honest(where)

    async def waited() -> None:
        seen = honest(places(root))
        monkeypatch.setattr(watch, "look", meanwhile)
        monkeypatch.setattr(watch, "QUIET_SECONDS", 0.01)
        eye = Watch(lambda _: None)
        try:
            await asyncio.wait_for(eye.change(places(root), seen), PATIENCE)
        finally:
            eye.close()

    asyncio.run(waited())
    assert len(written) == 8
    assert (root / "mail.sort").read_text() == "x" * 8


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    where = Places((str(tmp_path / "a"),))
    assert folders(where) == {str(tmp_path)}
    assert look(where) == look(where)
