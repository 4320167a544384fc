"""Mail goes where the rules say, whatever whoever may write there puts in the way (S21, F76)."""

import ctypes
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fetchrun.delivery import durable, folder
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.target import Unusable
from fetchrun.delivery.targets import maildir

STRANGER, EXCHANGE = 65534, 2
LETTER = Letter("box", b"1", 1, 10)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file that belongs to somebody else")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The home of somebody else, with a Maildir that is theirs too; beside it `victim`, a Maildir that is not."""
    maildir.prepare(tmp_path / "anna" / "Maildir")
    maildir.prepare(tmp_path / "victim")
    for each in (tmp_path / "anna", *(tmp_path / "anna").rglob("*")):
        os.chown(each, STRANGER, STRANGER)
    for each in (tmp_path, *tmp_path.parents):
        if each.name.startswith(("pytest-", "popen-", "test_")):
            each.chmod(0o711)
    yield tmp_path / "anna"
    folder.let_go()


def delivered(place: Path, number: int = 0) -> str | None:
    """One message, from its first octet to its name in `new/`."""
    name = f"{number}.F{'a' * 26}.host"
    made = maildir.draft(place, name)
    made.file.write(b"for anna alone")
    made.file.close()
    return maildir.publish(place, name, b"", 10**9)


def led_away(place: Path, to: Path, owner: int = STRANGER) -> None:
    """A link of the stranger stands where the folder was."""
    place.rename(place.with_name(f"{place.name}.away"))
    place.symlink_to(to)
    os.lchown(place, owner, owner)


def lying(place: Path) -> list[Path]:
    return [each for each in place.rglob("*") if each.is_file()]


@needs_root
@pytest.mark.parametrize("part", [".", "tmp", "new"])
def test_f76_a_strangers_link_is_not_followed(home: Path, part: str) -> None:
    led_away(home / "Maildir" / part, home.parent / "victim" / part)
    with pytest.raises(Unusable, match="belongs to the user 65534"):
        delivered(home / "Maildir")
    assert lying(home.parent / "victim") == []


@needs_root
def test_f76_the_test_would_notice_if_it_were(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_target", lambda link, about, path: os.readlink("", dir_fd=link))
    led_away(home / "Maildir", home.parent / "victim")
    delivered(home / "Maildir")
    assert lying(home.parent / "victim")


@needs_root
@pytest.mark.parametrize("part", ["tmp", "new"])
def test_f76_not_between_two_steps_either(home: Path, part: str) -> None:
    place, name = home / "Maildir", "0.Faaaaaaaaaaaaaaaaaaaaaaaaaa.host"
    maildir.draft(place, name).file.close()
    led_away(place / part, home.parent / "victim" / part)
    with pytest.raises(Unusable):
        maildir.publish(place, name, b"", 10**9)
    assert lying(home.parent / "victim") == []


@needs_root
def test_f76_an_orphan_is_not_swept_elsewhere(home: Path) -> None:
    precious = home.parent / "victim" / "tmp" / "0.Faaaaaaaaaaaaaaaaaaaaaaaaaa.host"
    precious.touch()
    led_away(home / "Maildir", home.parent / "victim")
    with pytest.raises(OSError, match="belongs to the user"):
        list(maildir.leftovers(home / "Maildir", 10.0**10))


@needs_root
def test_f76_a_link_of_root_is_followed(home: Path) -> None:
    led_away(home / "Maildir", home.parent / "victim", owner=0)
    delivered(home / "Maildir")
    assert len(lying(home.parent / "victim" / "new")) == 1


def test_f76_our_own_links_are_followed_also_relative_ones(tmp_path: Path) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "one").symlink_to("real/../real/deep")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    delivered(tmp_path / "two" / "m")
    assert len(lying(tmp_path / "real" / "deep" / "m" / "new")) == 1


def test_f76_links_that_go_round_end(tmp_path: Path) -> None:
    (tmp_path / "m").symlink_to("m")
    with pytest.raises(Unusable):
        delivered(tmp_path / "m")


def test_f76_links_that_begin_to_go_round_while_we_walk_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = os.stat

    def turned(path: Path | str) -> os.stat_result:
        about = looked(path)
        (tmp_path / "m").rmdir()
        (tmp_path / "m").symlink_to("m")
        return about

    (tmp_path / "m").mkdir()
    monkeypatch.setattr(folder.os, "stat", turned)
    with pytest.raises(OSError, match="symbolic links"):
        folder.held(tmp_path / "m")


def test_f76_a_folder_exchanged_between_question_and_walk_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = os.stat

    def exchanged(path: Path | str) -> os.stat_result:
        about = looked(path)
        (tmp_path / "m").rename(tmp_path / "away")
        (tmp_path / "m").mkdir()
        return about

    (tmp_path / "m").mkdir()
    monkeypatch.setattr(folder.os, "stat", exchanged)
    with pytest.raises(OSError, match="another folder"):
        folder.held(tmp_path / "m")


@needs_root
def test_f76_a_racing_swapper_gets_nothing(home: Path) -> None:
    """The stranger exchanges the Maildir for a link all the time; what is not refused lies in the true one."""
    (home / "evil").symlink_to(home.parent / "victim")
    os.lchown(home / "evil", STRANGER, STRANGER)
    arrived = refused = 0
    with another_process(lambda: exchange_for_ever(home / "Maildir", home / "evil")):
        for number in range(20_000):
            try:
                arrived += delivered(home / "Maildir", number) is not None
            except (Unusable, OSError):
                refused += 1
            if arrived > 100 and refused > 100:
                break
    assert arrived > 100 and refused > 100
    assert lying(home.parent / "victim") == []
    assert (
        sum(len(lying(each / "new")) for each in (home / "Maildir", home / "evil") if not each.is_symlink()) == arrived
    )


def test_a_folder_that_became_another_one_is_seen(tmp_path: Path) -> None:
    for number in range(3):
        delivered(tmp_path / "m", number)
        (tmp_path / "m").rename(tmp_path / f"before-{number}")
    assert [len(lying(tmp_path / f"before-{number}" / "new")) for number in range(3)] == [1, 1, 1]


@needs_root
@pytest.mark.parametrize("part", ["tmp", "new"])
def test_f76_a_batch_goes_where_its_first_message_went_whatever_the_stranger_does(home: Path, part: str) -> None:
    place, victim = home / "Maildir", home.parent / "victim"
    with folder.steadily():
        delivered(place, 0)
        led_away(place / part, victim / part)
        delivered(place, 1)
    with pytest.raises(Unusable, match="belongs to the user 65534"):
        delivered(place, 2)
    assert lying(victim) == []
    assert len(lying(place.with_name("Maildir") / "new.away" if part == "new" else place / "new")) == 2


def test_what_goes_away_in_the_middle_of_a_batch_is_made_again(tmp_path: Path) -> None:
    place = tmp_path / "m"
    with folder.steadily():
        delivered(place, 0)
        shutil.rmtree(place)
        assert delivered(place, 1)
        made = maildir.draft(place, f"2.F{'a' * 26}.host")
        made.file.close()
        shutil.rmtree(place / "new")
        assert maildir.publish(place, made.name, b"", 10**9)
    assert len(lying(place / "new")) == 1


def test_a_batch_takes_no_more_folders_for_granted_than_it_may_hold(tmp_path: Path) -> None:
    before, count = len(os.listdir("/proc/self/fd")), folder.HELD
    for number in range(count):
        maildir.prepare(tmp_path / str(number))
    with folder.steadily():
        for number in range(count):
            delivered(tmp_path / str(number))
        assert len(os.listdir("/proc/self/fd")) <= before + folder.HELD + folder.STEADY
    folder.let_go()
    assert len(os.listdir("/proc/self/fd")) <= before


def test_a_batch_asks_of_a_folder_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, asked = os.stat, list[str]()
    delivered(tmp_path / "m", 0)
    monkeypatch.setattr(folder.os, "stat", lambda path: (asked.append(path), looked(path))[1])
    with folder.steadily():
        for number in range(1, 10):
            delivered(tmp_path / "m", number)
    assert asked == [str(tmp_path / "m" / "tmp"), str(tmp_path / "m" / "new")]


def test_no_folder_stays_open_when_nobody_needs_it(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for number in range(2 * folder.HELD):
        durable.make_folder(tmp_path / str(number))
        durable.flush_folder(tmp_path / str(number))
    assert len(os.listdir("/proc/self/fd")) <= before + folder.HELD
    folder.let_go()
    assert len(os.listdir("/proc/self/fd")) <= before


def test_a_fifo_in_place_of_mail_keeps_nobody_waiting(tmp_path: Path) -> None:
    maildir.prepare(tmp_path / "m")
    os.mkfifo(tmp_path / "m" / "new" / f"0.F{'a' * 26}.host")
    assert delivered(tmp_path / "m") == f"0.F{'a' * 26}_1.host"


def exchange_for_ever(one: Path, two: Path) -> None:
    os.setgroups([])
    os.setresgid(STRANGER, STRANGER, STRANGER)
    os.setresuid(STRANGER, STRANGER, STRANGER)
    rename, here = ctypes.CDLL(None, use_errno=True).renameat2, -100
    while rename(here, os.fsencode(one), here, os.fsencode(two), EXCHANGE) == 0:
        pass


@contextmanager
def another_process(step: Callable[[], None]) -> Iterator[None]:
    child = os.fork()
    if child == 0:
        try:
            step()
        finally:
            os._exit(1)
    try:
        yield
        assert os.waitpid(child, os.WNOHANG) == (0, 0), "the swapper has ended by itself"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
