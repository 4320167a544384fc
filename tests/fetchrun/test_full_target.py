"""A file system of a target's own that fails defers that target's copies, and nothing else."""

import errno
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from fetchrun.delivery import durable, folder
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.deliver import begin, settle
from fetchrun.delivery.dispatch import Dispatch
from fetchrun.delivery.letter import Letter, account_id
from fetchrun.delivery.load import Load
from fetchrun.delivery.outcome import Deferred, Delivered, Outcome
from fetchrun.delivery.places import Place
from fetchrun.delivery.recover import resume
from fetchrun.delivery.verdict import Verdict
from fetchrun.memory.ledger import Ledger
from fetchrun.trouble import Trouble

NOW = 1_700_000_000.0
BOX = account_id("pop.example.com", "u")
SMALL = b"Subject: small\r\n\r\nhello\r\n"
LARGE = b"Subject: large\r\n\r\n" + random.Random(1).randbytes(1 << 20).translate(None, b"\r\n") + b"\r\n"


class Room:
    """A state folder, its ledger, and who takes mail over; `taken` is what was handed on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder, folder / "state"
        self.state.mkdir()
        self.ledger = Ledger(self.state)
        self.ledger.account("pop.example.com", "u", "office")
        self.taken: list[bytes] = []
        self.dispatch = Dispatch({"lmtp": lambda arguments: self})

    def settled(self, *messages: tuple[bytes, Sequence[Copy]], now: float = NOW) -> tuple[Outcome, ...]:
        """One batch; each message has its place in it as uid."""
        parcels = []
        for uid, (wire, copies) in enumerate(messages):
            letter = Letter(BOX, b"%d" % uid, 1, len(wire), received=NOW - 100)
            staging = begin(
                *(letter, copies, NOW), spool=self.state / "spool", resting=lambda end: self.dispatch.resting(end, now)
            )
            for start in range(0, len(wire), 70_000):
                staging.write(wire[start : start + 70_000])
            parcels.append(staging.finish())
        return settle(parcels, self.ledger, now, self.dispatch)

    def hand(self, load: Load, copies: Sequence[Copy]) -> Iterator[Verdict]:
        self.taken.append(b"".join(load.blocks()))
        yield from (Verdict(each, "accepted") for each in copies)

    def close(self) -> None:
        pass


def copy(maildir: Path) -> Copy:
    stamp = f"X-Fetchrun: {maildir.name}\n".encode()
    return Copy(Place.at(maildir), "delivered", ("b@ex.com",), ("b@ex.com",), "To/Cc", "mail.sort:3", stamp)


def handed() -> Copy:
    place = Place("lmtp", ("127.0.0.1:24",), "c@ex.com")
    return Copy(place, "delivered", ("c@ex.com",), ("c@ex.com",), "To/Cc", "")


def stored(maildir: Path) -> list[bytes]:
    return [each.read_bytes() for each in sorted((maildir / "new").iterdir())]


def expected(maildir: Path, wire: bytes) -> bytes:
    return f"X-Fetchrun: {maildir.name}\n".encode() + wire.replace(b"\r\n", b"\n")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system with little room: 256 KiB and 30 inodes."""
    place = tmp_path / "tiny"
    place.mkdir()
    options = "size=256k,nr_inodes=30"
    if subprocess.run(("mount", "-t", "tmpfs", "-o", options, "tmpfs", place), capture_output=True).returncode:
        pytest.skip("mounting needs root")
    yield place
    folder.let_go()
    subprocess.run(("umount", place), check=True)


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder on a file system that the state folder is not on."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or memory.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev:
        pytest.skip("this machine has one file system only")
    made = Path(tempfile.mkdtemp(dir=memory))
    yield made
    folder.let_go()
    shutil.rmtree(made)


@pytest.mark.parametrize("order", [1, -1])
def test_F62_a_full_target_is_owed_its_copy_and_the_others_have_theirs(order: int, tiny: Path, room: Room) -> None:
    full, good = tiny / "m", room.folder / "good"
    large, small = room.settled((LARGE, (copy(full), copy(good))[::order]), (SMALL, (copy(good),)))
    assert isinstance(large, Deferred) and "no space left" in large.reason
    assert isinstance(small, Delivered)
    assert sorted(stored(good)) == sorted((expected(good, LARGE), expected(good, SMALL)))
    assert stored(full) == [] and os.listdir(full / "tmp") == []


def test_F62_mail_on_a_full_target_is_still_handed_on(tiny: Path, room: Room) -> None:
    (outcome,) = room.settled((LARGE, (copy(tiny / "m"), handed())))
    assert isinstance(outcome, Deferred)
    assert room.taken == [LARGE.replace(b"\r\n", b"\n")]
    assert [each.copy.place.kind for each in outcome.deposits] == ["lmtp"]


def test_F62_one_after_the_other_is_full_and_the_last_has_it(tiny: Path, room: Room) -> None:
    places = [tiny / "a", tiny / "b", room.folder / "good"]
    (outcome,) = room.settled((LARGE, [copy(each) for each in places]))
    assert isinstance(outcome, Deferred)
    assert stored(places[2]) == [expected(places[2], LARGE)]
    assert [stored(each) for each in places[:2]] == [[], []]


def test_F62_a_full_target_alone_defers_its_message(tiny: Path, room: Room) -> None:
    large, small = room.settled((LARGE, (copy(tiny / "m"),)), (SMALL, (copy(tiny / "m"),)))
    assert isinstance(large, Deferred) and isinstance(small, Delivered)
    assert room.ledger.known(BOX, [])[b"0"].state == "deferred"


def test_F64_a_target_without_inodes_is_owed_its_copies(tiny: Path, room: Room) -> None:
    durable.make_folder(tiny / "m" / "tmp")
    for number in range(40):
        try:
            (tiny / f"{number}").touch()
        except OSError:
            break
    (outcome,) = room.settled((SMALL, (copy(tiny / "m"), copy(room.folder / "good"))))
    assert isinstance(outcome, Deferred) and "no space left" in outcome.reason
    assert stored(room.folder / "good") == [expected(room.folder / "good", SMALL)]


def test_F65_a_read_only_target_is_owed_its_copies(tiny: Path, room: Room) -> None:
    room.settled((SMALL, (copy(tiny / "m"),)))
    subprocess.run(("mount", "-o", "remount,ro", tiny), check=True)
    _, outcome = room.settled((SMALL, ()), (SMALL, (copy(tiny / "m"), copy(room.folder / "good"))))
    assert isinstance(outcome, Deferred) and "read-only" in outcome.reason
    assert stored(room.folder / "good") == [expected(room.folder / "good", SMALL)]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_F66_what_does_not_reach_a_target_s_disk_is_owed_and_handed_on_to_nobody(
    number: int, elsewhere: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, "flush_file", elsewhere, number)
    copies = (copy(elsewhere / "m"), copy(room.folder / "good"), handed())
    first, second = room.settled((SMALL, copies), (SMALL, (copy(room.folder / "good"),)))
    assert isinstance(first, Deferred) and isinstance(second, Delivered)
    assert len(stored(room.folder / "good")) == 2
    assert room.taken == []
    assert os.listdir(elsewhere / "m" / "tmp") == []


def test_F67_a_target_whose_folder_cannot_be_flushed_is_owed_its_copies(
    elsewhere: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = durable.flush_folder

    def failing(path: Path) -> None:
        if path == elsewhere / "m" / "tmp":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        flush(path)

    monkeypatch.setattr(durable, "flush_folder", failing)
    (outcome,) = room.settled((SMALL, (copy(elsewhere / "m"), handed())))
    assert isinstance(outcome, Deferred)
    assert room.taken == [SMALL.replace(b"\r\n", b"\n")]


def test_a_target_on_our_own_disk_ends_the_session(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "flush_file", room.folder, errno.ENOSPC)
    with pytest.raises(Trouble, match="no space left"):
        room.settled((SMALL, (copy(room.folder / "m"),)))
    assert room.ledger.staged() == ()


def test_what_a_maildir_does_not_let_in_is_published_as_soon_as_it_does(
    elsewhere: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = elsewhere / "m"

    def full(*_: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(durable, "move", full)
        assert isinstance(room.settled((SMALL, (copy(place),)))[0], Deferred)
        resume(room.ledger, room.dispatch, NOW + 70)
    resume(room.ledger, room.dispatch, NOW + 100)
    assert (stored(place), room.ledger.known(BOX, [])[b"0"].state) == ([], "staged")
    resume(room.ledger, room.dispatch, NOW + 300)
    assert (stored(place), room.ledger.known(BOX, [])[b"0"].state) == ([expected(place, SMALL)], "done")
    assert room.dispatch.late(NOW + 300) == ()


def test_a_failing_target_rests_and_is_tried_again(tiny: Path, room: Room) -> None:
    full, good = tiny / "m", room.folder / "good"
    filler = tiny / "filler"
    durable.make_folder(full / "tmp")
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError):
        while file.write(bytes(4096)):
            pass
    assert isinstance(room.settled((SMALL, (copy(full), copy(good))))[0], Deferred)
    filler.unlink()
    assert isinstance(room.settled((SMALL, (copy(full), copy(good))), now=NOW + 50)[0], Deferred)
    assert not (full / "new").exists() or stored(full) == []
    assert isinstance(room.settled((SMALL, (copy(full), copy(good))), now=NOW + 70)[0], Delivered)
    assert stored(full) == [expected(full, SMALL)]
    assert stored(good) == [expected(good, SMALL)]
    assert room.dispatch.resting(str(full), NOW + 70) == ""


def broken(monkeypatch: pytest.MonkeyPatch, step: str, under: Path, number: int) -> None:
    """That step fails for the files below a folder."""
    real = getattr(durable, step)

    def failing(file: FileIO, *rest: Any) -> Any:
        if str(file.name).startswith(str(under)):
            raise OSError(number, os.strerror(number))
        return real(file, *rest)

    monkeypatch.setattr(durable, step, failing)
