"""The Maildir: names, modes, and what stands in the way."""

import errno
import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

import mailroom
from fetchrun.delivery import durable
from fetchrun.delivery.folder import let_go
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.target import Unusable, spared
from fetchrun.delivery.targets import maildir
from fetchrun.trouble import Trouble

NOW = 1_700_000_000.0
LETTER = Letter("box", b"1", 1, 10)
NOBODY, UNUSABLE = 65534, 42
NAME = maildir.file_name(LETTER, Path("/m"), NOW)


def staged(place: Path, content: bytes = b"mail") -> None:
    draft = maildir.draft(place, NAME)
    draft.file.write(content)
    draft.file.close()


def publish(place: Path) -> str | None:
    return maildir.publish(place, NAME, b"", 10**9)


def test_the_name_says_when_who_and_where() -> None:
    seconds, identity, host = NAME.split(".", 2)
    assert seconds == "1700000000"
    assert len(identity) == 27 and identity.startswith("F")
    assert host and not set("/:") & set(NAME)
    assert len(NAME) < 255


@pytest.mark.parametrize("received, seconds", [(5.9, "5"), (-9.0, "0"), (None, "1700000000")])
def test_the_name_takes_the_time_of_arrival(received: float | None, seconds: str) -> None:
    named = maildir.file_name(Letter("box", b"1", 1, 10, received=received), Path("/m"), NOW)
    assert named.startswith(f"{seconds}.F")


def test_it_is_made_private_with_all_that_leads_to_it(tmp_path: Path) -> None:
    place = tmp_path / "mail" / "ex.com" / "anna"
    staged(place)
    assert {each.name for each in place.iterdir()} == {"tmp", "new", "cur"}
    for folder in (tmp_path / "mail", place.parent, place, place / "new"):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert (place / "tmp" / NAME).stat().st_mode & 0o777 == 0o600


def test_every_new_name_is_flushed_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[Path] = []
    monkeypatch.setattr(durable, "flush_folder", flushed.append)
    maildir.prepare(tmp_path / "mail" / "anna")
    assert {tmp_path, tmp_path / "mail", tmp_path / "mail" / "anna"} <= set(flushed)


def test_a_leftover_gets_a_new_inode(tmp_path: Path) -> None:
    staged(tmp_path / "m", b"old and longer")
    with open(tmp_path / "m" / "tmp" / NAME, "rb") as old:
        staged(tmp_path / "m", b"new")
        assert os.fstat(old.fileno()).st_nlink == 0
    assert (tmp_path / "m" / "tmp" / NAME).read_bytes() == b"new"


def test_F76_a_symlink_in_tmp_is_not_followed(tmp_path: Path) -> None:
    maildir.prepare(tmp_path / "m")
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "m" / "tmp" / NAME).symlink_to(tmp_path / "victim")
    staged(tmp_path / "m")
    assert (tmp_path / "victim").read_text() == "precious"


def test_F70_a_file_in_its_place_is_the_targets_fault(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("")
    with pytest.raises(Unusable, match="not a directory"):
        staged(tmp_path / "m")


def test_F70_a_file_in_the_place_of_new_is_the_targets_fault(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "new").write_text("")
    with pytest.raises(Unusable, match="file exists"):
        staged(tmp_path / "m")


@pytest.mark.parametrize("number, ends", [(errno.EMFILE, True), (errno.EXDEV, False), (errno.EPERM, False)])
def test_a_link_that_fails_ends_the_session_or_leads_to_a_copy(
    number: int, ends: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Path) -> None:
        raise OSError(number, os.strerror(number))

    maildir.prepare(tmp_path / "other")
    original = maildir.draft(tmp_path / "m", NAME)
    monkeypatch.setattr(durable, "link", fail)
    with original.file, pytest.raises(Trouble) if ends else nullcontext():
        assert maildir.linked(original, tmp_path / "other", NAME) is None


def test_F70_a_folder_we_may_not_write_is_the_targets_fault(tmp_path: Path) -> None:
    maildir.prepare(tmp_path / "m")
    _as_nobody(tmp_path, lambda: staged(tmp_path / "m"))
    (tmp_path / "m" / "tmp").chmod(0o500)
    with pytest.raises(Unusable):
        _as_nobody(tmp_path, lambda: staged(tmp_path / "m"))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE])
def test_F62_F65_F69_a_disk_that_fails_is_nobodys_own_fault(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(durable, "create", fail)
    with pytest.raises(Trouble) as trouble:
        try:
            staged(tmp_path / "m")
        except Unusable as why:
            assert spared(why, None)
            spared(why, tmp_path / "state")
    assert trouble.value.step == "disk"
    assert trouble.value.sentence[0].islower() and not trouble.value.sentence.endswith(".")


def test_it_appears_in_new_and_is_gone_from_tmp(tmp_path: Path) -> None:
    staged(tmp_path / "m")
    assert publish(tmp_path / "m") == NAME
    assert (tmp_path / "m" / "new" / NAME).read_bytes() == b"mail"
    assert list((tmp_path / "m" / "tmp").iterdir()) == []


def test_nothing_in_tmp_means_it_was_moved_before(tmp_path: Path) -> None:
    maildir.prepare(tmp_path / "m")
    assert publish(tmp_path / "m") is None


@pytest.mark.parametrize("missing", ["m", "m/tmp"])
def test_a_maildir_that_is_not_there_means_nothing_of_the_kind(missing: str, tmp_path: Path) -> None:
    staged(tmp_path / "m")
    (tmp_path / missing).rename(tmp_path / "away")
    with pytest.raises(Unusable, match="not there"):
        publish(tmp_path / "m")


def test_a_missing_new_is_made_again(tmp_path: Path) -> None:
    staged(tmp_path / "m")
    (tmp_path / "m" / "new").rmdir()
    assert publish(tmp_path / "m") == NAME


def test_what_is_there_is_never_replaced(tmp_path: Path) -> None:
    for number in range(3):
        staged(tmp_path / "m", b"mail %d" % number)
        publish(tmp_path / "m")
    assert sorted(each.read_bytes() for each in (tmp_path / "m" / "new").iterdir()) == [b"mail 0", b"mail 1", b"mail 2"]


def test_a_moved_file_is_found_where_readers_put_it(tmp_path: Path) -> None:
    staged(tmp_path / "m")
    publish(tmp_path / "m")
    assert maildir.find(tmp_path / "m", NAME) == tmp_path / "m" / "new" / NAME
    seen = tmp_path / "m" / "cur" / f"{NAME}:2,S"
    (tmp_path / "m" / "new" / NAME).rename(seen)
    assert maildir.find(tmp_path / "m", NAME) == seen
    seen.unlink()
    assert maildir.find(tmp_path / "m", NAME) is None


def _as_nobody(folder: Path, step: Callable[[], None]) -> None:
    """Takes the step in a process that is not root, whom no mode would stop; raises Unusable if the child does."""
    for each in (folder, *folder.parents):
        if each.name.startswith(("pytest-", "popen-", "test_")):
            each.chmod(0o755)

    def child() -> None:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        try:
            step()
        except Unusable:
            os._exit(UNUSABLE)

    if os.geteuid() != 0:
        step()
        return
    for each in folder.rglob("*"):
        os.chown(each, NOBODY, NOBODY)
    if mailroom.forked(child) == UNUSABLE:
        raise Unusable("in the child")


def test_a_file_that_shrinks_while_it_is_copied_is_an_error_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable.os, "sendfile", lambda *_: 0)
    (tmp_path / "source").write_bytes(b"whole")
    copy, source = durable.create(tmp_path / "copy"), durable.reopened(tmp_path / "source")
    with copy, source, pytest.raises(OSError, match="shorter"):
        durable.append(source, 0, copy)


def test_a_hundred_other_files_of_one_name_leave_ours_in_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maildir, "_MAX_NAMESAKES", 1)
    maildir.prepare(tmp_path)
    name = f"1.F{'a' * 26}.host"
    (tmp_path / "new" / name).write_bytes(b"another")
    (tmp_path / "tmp" / name).write_bytes(b"ours")
    with pytest.raises(Unusable, match="free name"):
        maildir.publish(tmp_path, name, b"", 4)


def test_a_folder_that_another_session_lets_go_of_is_flushed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = os.fsync

    def interrupted(fd: int) -> None:
        let_go()
        flush(fd)

    monkeypatch.setattr(os, "fsync", interrupted)
    durable.flush_folder(tmp_path)
