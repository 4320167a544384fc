"""Exactly once, whatever dies when: killed at every step, and at system calls by strace."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import mailroom
from fetchrun.delivery import durable
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.deliver import begin, settle
from fetchrun.delivery.identity import REMEMBERED
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.places import Place
from fetchrun.delivery.recover import recover
from fetchrun.delivery.targets import maildir
from fetchrun.memory.database import Database
from fetchrun.memory.ledger import Ledger
from fetchrun.trouble import Trouble

NOW, HOUR = mailroom.NOW, 3600.0
STEPS = [
    (durable, name)
    for name in ("create", "write", "append", "flush_files", "flush_folder", "move", "remove", "make_folders")
]
KILLED = 9


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return mailroom.laid_out(tmp_path / "root")


@pytest.mark.parametrize("reader", [lambda root: None, mailroom.read], ids=["nobody reads", "somebody reads at once"])
def test_F79_killed_before_any_step_each_message_is_delivered_exactly_once(reader: Callable[[Path], None]) -> None:
    with mailroom.in_memory() as folder:
        points = 0
        while _killed(mailroom.laid_out(folder / str(points)), points + 1):
            root = folder / str(points)
            reader(root)
            assert _whole(root)
            mailroom.run(root)
            assert mailroom.delivered(root) == mailroom.expected(), f"killed before step {points + 1}"
            mailroom.run(root)
            assert list((root / "server").iterdir()) == []
            points += 1
    assert points > 40


@pytest.mark.parametrize("first", range(3, 40, 7))
def test_F79_killed_once_more_while_it_recovers(root: Path, first: int) -> None:
    assert _killed(root, first)
    second = 1
    while _killed(root, second):
        assert _whole(root)
        second += 1
    assert mailroom.delivered(root) == mailroom.expected()


@pytest.mark.peer
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize(
    "fault",
    [
        *("fsync:error=EIO:when=1", "fsync:error=EIO:when=2", "write:error=ENOSPC:when=1", "write:error=ENOSPC:when=3"),
        *("fdatasync:error=EIO:when=1", "fdatasync:error=EIO:when=8", "fdatasync:error=EIO:when=12"),
        *("pwrite64:error=ENOSPC:when=20", "renameat2:error=EIO:when=2"),
    ],
)
def test_F62_F63_F66_F94_an_error_of_the_disk_loses_and_doubles_nothing(root: Path, fault: str) -> None:
    assert _traced(root, fault) == 1
    assert _whole(root)
    mailroom.run(root)
    assert mailroom.delivered(root) == mailroom.expected()


@pytest.mark.peer
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("call", ["fsync", "fdatasync", "pwrite64", "renameat2", "unlink", "sendfile"])
def test_F79_killed_at_a_system_call(tmp_path: Path, call: str) -> None:
    for when in (1, 3, 8):
        root = mailroom.laid_out(tmp_path / str(when))
        code = _traced(root, f"{call}:signal=KILL:when={when}")
        assert code in (-9, 137) or when > 1
        mailroom.read(root)
        mailroom.run(root)
        assert mailroom.delivered(root) == mailroom.expected()


def test_a_maildir_that_is_away_keeps_its_promise_waiting(root: Path) -> None:
    with _promised(root) as ledger:
        (root / "a").rename(root / "away")
        recovered = recover(ledger, NOW)
        assert (recovered.finished, len(recovered.waiting), recovered.doubtful) == (0, 1, ())
        assert ledger.known(mailroom.BOX, [])[b"1"].state == "staged"
        (root / "away").rename(root / "a")
        assert recover(ledger, NOW).finished == 1
        assert ledger.known(mailroom.BOX, [])[b"1"].state == "done"


def test_a_reader_that_removed_new_itself_does_not_lose_the_mail(root: Path) -> None:
    with _promised(root) as ledger:
        (root / "a" / "new").rmdir()
        assert recover(ledger, NOW).finished == 1
        assert len(list((root / "a" / "new").iterdir())) == 1


def test_F74_a_staged_file_that_a_cleaner_may_have_taken_is_owed_again(root: Path) -> None:
    with _promised(root, identity=b"same") as ledger:
        for each in (root / "a" / "tmp").iterdir():
            each.unlink()
        recovered = recover(ledger, NOW + 25 * HOUR)
        assert len(recovered.doubtful) == 1
        assert ledger.known(mailroom.BOX, [])[b"1"].state == "deferred"
        assert not ledger.has(b"same", Place.at(root / "a"), NOW - 1)


def test_F74_a_staged_file_that_a_reader_has_seen_is_delivered_even_after_days(root: Path) -> None:
    with _promised(root) as ledger:
        (staged,) = ledger.staged()
        (root / "a" / "tmp" / staged.name).rename(root / "a" / "cur" / f"{staged.name}:2,S")
        assert recover(ledger, NOW + 99 * HOUR).doubtful == ()
        assert ledger.known(mailroom.BOX, [])[b"1"].state == "done"


def test_orphans_of_ours_are_swept_after_36_hours_and_nothing_else(root: Path) -> None:
    with _promised(root) as ledger:
        recover(ledger, NOW)
        orphan = root / "a" / "tmp" / f"1600000000.F{'a' * 26}.host"
        foreign = root / "a" / "tmp" / "1600000000.M1P2.host"
        orphan.touch()
        foreign.touch()
        made = orphan.stat().st_ctime
        assert recover(ledger, made + 35 * HOUR).swept == 0
        assert recover(ledger, made + 37 * HOUR).swept == 1
        assert list((root / "a" / "tmp").iterdir()) == [foreign]


def test_what_is_promised_is_never_swept(root: Path) -> None:
    with _promised(root) as ledger:
        (root / "a" / "new").rmdir()
        (root / "a" / "new").touch()
        recovered = recover(ledger, (root / "a").stat().st_ctime + 99 * HOUR)
        assert (recovered.finished, recovered.swept) == (0, 0)
        assert len(list((root / "a" / "tmp").iterdir())) == 1


@contextmanager
def _promised(root: Path, identity: bytes | None = None) -> Iterator[Ledger]:
    """A ledger with one staged copy in Maildir `a`, as a crash right after J1 leaves it."""
    (root / "state").mkdir()
    ledger = Ledger(root / "state")
    ledger.account("pop.example.com", "u", "office")
    staging = begin(Letter(mailroom.BOX, b"1", 1, 100), (Copy(Place.at(root / "a"), "delivered", (), (), "", ""),), NOW)
    staging.write(mailroom.message(b"1"))
    staging.identify(identity, REMEMBERED)
    parcel = staging.finish()
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(durable, "move", _eio)
        with pytest.raises(Trouble):
            settle([parcel], ledger, NOW)
    yield ledger
    ledger.close()


def _eio(*_: object) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def _killed(root: Path, point: int) -> bool:
    """Runs the mailroom in a child that dies before its step number `point`; whether it came to that."""

    def run() -> None:
        _mined(point)
        mailroom.run(root)

    status = mailroom.forked(run)
    assert status in (0, KILLED)
    return status == KILLED


def _mined(point: int) -> None:
    """Every durable step counts, a commit too; at `point` the process is no more, in the middle of a write."""
    steps = 0

    def mined(step: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object) -> object:
            nonlocal steps
            steps += 1
            if steps == point:
                if step is write:
                    write(arguments[0], bytes(arguments[1])[:10])  # type: ignore[arg-type, call-overload]
                os._exit(KILLED)
            return step(*arguments)

        return counted

    write = durable.write
    for module, name in STEPS:
        setattr(module, name, mined(getattr(module, name)))
    Database.commit = mined(Database.commit)  # type: ignore[method-assign, assignment]


def _traced(root: Path, inject: str) -> int:
    """The exit code of the mailroom, run under strace with this fault."""
    command = [
        "strace",
        "-f",
        "-qq",
        "-o",
        os.devnull,
        "-e",
        f"inject={inject}",
        sys.executable,
        mailroom.__file__,
        str(root),
    ]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, env=environment, check=False, capture_output=True, timeout=60).returncode


def _whole(root: Path) -> bool:
    """Nothing in any `new/` is a part of a message."""
    wanted = mailroom.expected()
    return all(set(files) <= set(wanted[name]) for name, files in mailroom.delivered(root).items())


@pytest.mark.parametrize("name", ["", "x", "..", "../new/theirs", "a.b", f"1.F{'a' * 26}.h/../../x", f"1.F{'a' * 26}."])
def test_a_promise_that_names_no_file_of_ours_is_owed_again_and_touches_nothing(root: Path, name: str) -> None:
    with _promised(root) as ledger:
        with ledger.database.writing() as write:
            write.execute("UPDATE copies SET name = ?", (name,))
        recovered = recover(ledger, NOW)
        assert (recovered.finished, recovered.waiting, len(recovered.doubtful)) == (0, (), 1)
        assert ledger.known(mailroom.BOX, [])[b"1"].state == "deferred"
        assert list((root / "a" / "new").iterdir()) == []


def test_F74_a_staged_file_whose_maildir_cannot_be_looked_into_is_owed_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _promised(root) as ledger:
        for each in (root / "a" / "tmp").iterdir():
            each.unlink()
        monkeypatch.setattr(maildir, "find", _eio)
        assert len(recover(ledger, NOW + 25 * HOUR).doubtful) == 1
