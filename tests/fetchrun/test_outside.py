"""The state folder from outside: what is wrong with its disk, and how late its machine thinks it is."""

import os
from pathlib import Path

import pytest

from fetchrun.memory.clock import moment
from fetchrun.memory.outside import room
from fetchrun.memory.state import locked
from fetchrun.trouble import Trouble

NOW = 1_700_000_000.0


def test_a_folder_with_room_and_one_that_is_yet_to_be_made_are_well(tmp_path: Path) -> None:
    assert room(tmp_path, NOW) is None
    assert room(tmp_path / "later", NOW) is None


def test_a_folder_that_cannot_be_looked_at_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    complaint = room(tmp_path / "file" / "state", NOW)
    assert complaint and "cannot look at" in complaint.sentence and "not a directory" in complaint.sentence


@pytest.mark.parametrize("inodes, free, said", [(100, 0, "no free inodes"), (100, 1, ""), (0, 0, "")])
def test_F63_a_disk_without_inodes_is_told_where_it_counts_them(
    inodes: int, free: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = (4096, 4096, 1 << 20, 1 << 20, 1 << 20)
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result((*blocks, inodes, free, free, 0, 255)))
    complaint = room(tmp_path, NOW)
    assert said in complaint.sentence if complaint else not said


def test_a_file_in_the_place_of_the_folder_lasts_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(Trouble, match="cannot use the state folder") as told, locked(tmp_path / "state"):
        pass
    assert not told.value.temporary


def test_F84_the_second_waits_for_nobody_and_names_the_first(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(Trouble, match=f"process {os.getpid()}"), locked(tmp_path):
        pass
    with locked(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_a_container_that_hides_its_boots_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def hidden(*_: object) -> str:
        raise PermissionError

    monkeypatch.setattr(Path, "read_text", hidden)
    before, after = moment(NOW), moment(NOW + 100 * 86_400)
    assert before.boot == ""
    assert not after.follows(before)
