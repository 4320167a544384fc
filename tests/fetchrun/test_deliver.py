"""Delivery: bytes, names, several Maildirs, faults of one target and of the disk."""

import errno
import hashlib
import os
import shutil
from io import FileIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetchrun.delivery import durable
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.deliver import begin, finished, settle
from fetchrun.delivery.identity import REMEMBERED
from fetchrun.delivery.letter import Letter, account_id
from fetchrun.delivery.outcome import Deferred, Delivered, Discarded, Outcome
from fetchrun.delivery.places import Place
from fetchrun.delivery.staging import SMALL, Parcel
from fetchrun.delivery.targets import maildir
from fetchrun.delivery.targets.maildir import withdraw
from fetchrun.listing import Entry
from fetchrun.memory.ledger import Ledger
from fetchrun.trouble import Trouble

NOW = 1_700_000_000.0
WIRE = b"From: a@example.com\r\nTo: b@example.com\r\n\r\nHello\r\n"
STORED = WIRE.replace(b"\r\n", b"\n")


@pytest.fixture
def ledger(tmp_path: Path):
    with_state = tmp_path / "state"
    with_state.mkdir()
    opened = Ledger(with_state)
    opened.account("pop.example.com", "u", "office")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("m")


def letter(uid: bytes = b"1", **changes: object) -> Letter:
    values: dict[str, object] = {"generation": 1, "size": len(WIRE), "head_hash": b"h", "received": NOW - 100.0}
    return Letter(account_id("pop.example.com", "u"), uid, **(values | changes))  # type: ignore[arg-type]


def copy(maildir: Path, stamp: bytes = b"X-Fetchrun: x\n", fate: str = "delivered") -> Copy:
    return Copy(Place.at(maildir), fate, ("b@example.com",), ("b@example.com",), "To/Cc", "mail.sort:3", stamp)  # type: ignore[arg-type]


def parcel(
    one: Letter, *copies: Copy, wire: bytes = WIRE, identity: bytes | None = None, spool: Path | None = None
) -> Parcel:
    staging = begin(one, copies, NOW, spool=spool)
    staging.write(wire)
    staging.identify(identity, REMEMBERED)
    return staging.finish()


def mail(maildir: Path) -> list[bytes]:
    return sorted(each.read_bytes() for each in (maildir / "new").iterdir())


def unfinished(maildir: Path) -> list[str]:
    return sorted(os.listdir(maildir / "tmp"))


def test_a_message_lies_in_new_under_its_name_with_its_time(tmp_path: Path, ledger: Ledger) -> None:
    place = tmp_path / "mail" / "example.com" / "b"
    (outcome,) = settle([parcel(letter(), copy(place))], ledger, NOW)
    assert isinstance(outcome, Delivered)
    (file,) = (place / "new").iterdir()
    assert file.name == outcome.deposits[0].name
    assert file.name.startswith("1699999900.F")
    assert file.read_bytes() == b"X-Fetchrun: x\n" + STORED
    assert file.stat().st_mtime == NOW - 100
    assert file.stat().st_mode & 0o777 == 0o600
    assert place.stat().st_mode & 0o777 == 0o700
    assert unfinished(place) == []


def test_without_a_stamp_the_message_is_stored_as_it_came(tmp_path: Path, ledger: Ledger) -> None:
    settle([parcel(letter(received=None), copy(tmp_path / "m", stamp=b""))], ledger, NOW)
    assert mail(tmp_path / "m") == [STORED]


CHUNKS = st.lists(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"x"]), max_size=9).map(b"".join), max_size=9)


@given(chunks=CHUNKS)
def test_only_crlf_becomes_lf_wherever_the_chunks_end(chunks: list[bytes], place: Path) -> None:
    body = b"".join(chunks)
    staging = begin(letter(), (copy(place, stamp=b"S\n"),), NOW)
    for chunk in chunks:
        staging.write(chunk)
    done = staging.finish()
    assert done.draft is not None
    stored = (place / "tmp" / done.draft.name).read_bytes()
    withdraw(done.draft)
    assert stored == b"S\n" + body.replace(b"\r\n", b"\n")
    assert (done.octets, done.sha256) == (len(stored) - 2, hashlib.sha256(stored[2:]).digest())


def test_each_maildir_gets_its_own_stamp_and_its_own_name(tmp_path: Path, ledger: Ledger) -> None:
    places = [tmp_path / name for name in "abc"]
    copies = [copy(place, stamp=f"X: {place.name}\n".encode() * 9) for place in places]
    (outcome,) = settle([parcel(letter(), *copies)], ledger, NOW)
    assert isinstance(outcome, Delivered)
    assert [mail(place) for place in places] == [[each.stamp + STORED] for each in copies]
    assert len({each.name for each in outcome.deposits}) == 3
    assert [unfinished(place) for place in places] == [[], [], []]


def test_a_retry_after_delivery_delivers_nothing(tmp_path: Path, ledger: Ledger) -> None:
    settle([parcel(letter(), copy(tmp_path / "m"))], ledger, NOW)
    for file in (tmp_path / "m" / "new").iterdir():
        file.unlink()  # the reader had it
    (outcome,) = settle([parcel(letter(), copy(tmp_path / "m"))], ledger, NOW)
    assert isinstance(outcome, Delivered)
    assert mail(tmp_path / "m") == []
    assert unfinished(tmp_path / "m") == []


def test_one_unusable_maildir_defers_only_its_own_copy(tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "file").write_text("")
    bad, good = copy(tmp_path / "file" / "m"), copy(tmp_path / "good")
    first, second = settle([parcel(letter(b"1"), bad, good), parcel(letter(b"2"), good)], ledger, NOW)
    assert isinstance(first, Deferred)
    assert "not a directory" in first.reason
    assert isinstance(second, Delivered)
    assert len(mail(tmp_path / "good")) == 2
    known = ledger.known(letter().account_id, [])
    assert (known[b"1"].state, known[b"2"].state) == ("deferred", "done")


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_owed_is_delivered_later_and_nothing_twice(order: int, tmp_path: Path, ledger: Ledger) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    copies = (copy(blocked), copy(tmp_path / "good"))[::order]
    (outcome,) = settle([parcel(letter(), *copies)], ledger, NOW)
    assert isinstance(outcome, Deferred)
    blocked.unlink()
    (outcome,) = settle([parcel(letter(), *copies)], ledger, NOW)
    assert isinstance(outcome, Delivered)
    assert mail(blocked) == mail(tmp_path / "good") == [b"X-Fetchrun: x\n" + STORED]
    assert unfinished(tmp_path / "good") == []
    assert ledger.known(letter().account_id, [])[b"1"].state == "done"


def test_when_no_maildir_can_be_used_the_message_is_deferred(tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "file").write_text("")
    (outcome,) = settle([parcel(letter(), copy(tmp_path / "file"))], ledger, NOW)
    assert isinstance(outcome, Deferred)
    assert outcome.deposits == ()


def test_a_discarded_message_says_so(tmp_path: Path, ledger: Ledger) -> None:
    (outcome,) = settle([parcel(letter(), copy(tmp_path / "trash", fate="discarded"))], ledger, NOW)
    assert isinstance(outcome, Discarded)


def test_the_second_copy_of_one_mail_goes_to_a_maildir_only_once(tmp_path: Path, ledger: Ledger) -> None:
    def got(uid: bytes, place: str, now: float = NOW) -> Outcome:
        (outcome,) = settle([parcel(letter(uid), copy(tmp_path / place), identity=b"same")], ledger, now)
        assert isinstance(outcome, Delivered)
        return outcome

    got(b"1", "m")
    assert [each.note for each in got(b"2", "m").deposits] == ["duplicate"]
    assert len(mail(tmp_path / "m")) == 1
    assert [each.note for each in got(b"3", "other").deposits] == [""]
    assert [each.note for each in got(b"4", "m", NOW + 8 * 86_400).deposits] == [""]


def test_duplicates_in_one_batch_are_dropped_too(tmp_path: Path, ledger: Ledger) -> None:
    parcels = [parcel(letter(bytes([each])), copy(tmp_path / "m"), identity=b"same") for each in range(3)]
    outcomes = settle(parcels, ledger, NOW)
    assert [each.deposits[0].note for each in outcomes] == ["", "duplicate", "duplicate"]
    assert len(mail(tmp_path / "m")) == 1
    assert unfinished(tmp_path / "m") == []


@pytest.mark.parametrize("other", ["m", "n"])
def test_of_two_sessions_at_once_only_one_delivers_the_same_mail_to_a_maildir(
    other: str, tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other session settles as a whole between this one's look into the memory and its promise."""
    stage, outcomes = ledger.stage, list[Outcome]()

    def interrupted(*arguments: Any) -> Any:
        monkeypatch.setattr(ledger, "stage", stage)
        outcomes.extend(settle([parcel(letter(b"2"), copy(tmp_path / other), identity=b"same")], ledger, NOW))
        return stage(*arguments)

    monkeypatch.setattr(ledger, "stage", interrupted)
    outcomes.extend(settle([parcel(letter(b"1"), copy(tmp_path / "m"), identity=b"same")], ledger, NOW))
    assert all(isinstance(each, Delivered) for each in outcomes)
    assert [each.deposits[0].note for each in outcomes] == ["", "duplicate" if other == "m" else ""]
    assert len(mail(tmp_path / "m")) == 1
    assert unfinished(tmp_path / "m") == []
    assert ledger.staged() == ()
    assert {each.state for each in ledger.known(letter().account_id, []).values()} == {"done"}


def test_without_an_identity_nothing_is_a_duplicate(tmp_path: Path, ledger: Ledger) -> None:
    settle([parcel(letter(bytes([each])), copy(tmp_path / "m")) for each in range(3)], ledger, NOW)
    assert len(mail(tmp_path / "m")) == 3


def test_F72_the_same_mail_under_the_same_name_is_our_copy(tmp_path: Path, ledger: Ledger) -> None:
    settle([parcel(letter(), copy(tmp_path / "m"))], ledger, NOW)
    with_nothing = Ledger(None)
    with_nothing.account("pop.example.com", "u", "office")
    settle([parcel(letter(), copy(tmp_path / "m", stamp=b"X: other rules\n"))], with_nothing, NOW)
    with_nothing.close()
    assert len(mail(tmp_path / "m")) == 1
    assert unfinished(tmp_path / "m") == []


def test_F72_other_mail_under_the_same_name_is_not_touched(tmp_path: Path, ledger: Ledger) -> None:
    one = parcel(letter(), copy(tmp_path / "m"))
    assert one.draft is not None
    (tmp_path / "m" / "new" / one.draft.name).write_bytes(b"something else")
    (outcome,) = settle([one], ledger, NOW)
    assert outcome.deposits[0].name != one.draft.name
    assert mail(tmp_path / "m") == sorted([b"something else", b"X-Fetchrun: x\n" + STORED])


@pytest.mark.parametrize("size", [1, SMALL, 1 << 20])
@pytest.mark.parametrize("whole", [False, True])
def test_an_abandoned_message_leaves_nothing(size: int, whole: bool, tmp_path: Path) -> None:
    staging = begin(letter(), (copy(tmp_path / "m"),), NOW)
    staging.write(b"x" * size)
    if whole:
        staging.finish()
    staging.abandon()
    assert not (tmp_path / "m").exists() or unfinished(tmp_path / "m") == []


def test_of_several_messages_all_have_a_file_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stagings = [
        begin(letter(uid), (copy(tmp_path / "m"),), NOW, spool=tmp_path / "spool") for uid in (b"1", b"2", b"3")
    ]
    for each in stagings:
        each.write(WIRE)
    write, written = durable.write, []

    def filling(file: FileIO, data: bytes) -> None:
        written.append(data)
        write(file, data) if len(written) < 2 else _failing(errno.ENOSPC)()

    monkeypatch.setattr(durable, "write", filling)
    with pytest.raises(Trouble, match="no space left"):
        finished(stagings)
    assert len(written) == 2
    assert unfinished(tmp_path / "m") == []


def test_F62_a_full_disk_ends_the_session_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staging = begin(letter(), (copy(tmp_path / "m"),), NOW, spool=tmp_path / "spool")
    monkeypatch.setattr(durable, "write", _failing(errno.ENOSPC))
    with pytest.raises(Trouble, match="no space left") as trouble:
        staging.write(b"x" * (1 << 20))
    assert trouble.value.step == "disk"
    assert trouble.value.hint
    assert unfinished(tmp_path / "m") == []


@pytest.mark.parametrize("step", ["flush_file", "flush_folder"])
def test_F66_F67_what_could_not_be_flushed_is_not_promised(
    step: str, tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcels = [parcel(letter(bytes([each])), copy(tmp_path / "m")) for each in range(3)]
    with monkeypatch.context() as broken:
        broken.setattr(durable, step, _failing(errno.EIO))
        with pytest.raises(Trouble, match="input/output error"):
            settle(parcels, ledger, NOW)
    assert unfinished(tmp_path / "m") == []
    assert ledger.staged() == ()
    assert ledger.known(letter().account_id, []) == {}


def test_F67_what_was_renamed_but_not_flushed_is_not_done(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = parcel(letter(), copy(tmp_path / "m"))
    flush = durable.flush_folder

    def broken(path: Path) -> None:
        _failing(errno.EIO)() if path.name == "new" else flush(path)

    monkeypatch.setattr(durable, "flush_folder", broken)
    with pytest.raises(Trouble):
        settle([one], ledger, NOW)
    assert ledger.known(letter().account_id, [])[b"1"].state == "staged"


def test_a_maildir_that_cannot_be_flushed_is_owed_its_copies_and_their_duplicates(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcels = [
        parcel(letter(uid), copy(tmp_path / "bad"), copy(tmp_path / "good"), identity=b"i") for uid in (b"1", b"2")
    ]
    flush = durable.flush_folder

    def broken(path: Path) -> None:
        _failing(errno.EACCES)() if path == tmp_path / "bad" / "tmp" else flush(path)

    with monkeypatch.context() as patch:
        patch.setattr(durable, "flush_folder", broken)
        first, second = settle(parcels, ledger, NOW)
    assert isinstance(first, Deferred) and isinstance(second, Deferred)
    assert [each.note for each in (*first.deposits, *second.deposits)] == ["", "duplicate"]
    assert (len(mail(tmp_path / "good")), mail(tmp_path / "bad"), unfinished(tmp_path / "bad")) == (1, [], [])
    assert not ledger.has(b"i", Place.at(tmp_path / "bad"), NOW - 1)


def test_F68_a_write_that_wrote_nothing_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "write", lambda file, data: None)
    with pytest.raises(Trouble, match="not as long"):
        parcel(letter(), copy(tmp_path / "m"), spool=tmp_path / "spool")
    assert unfinished(tmp_path / "m") == []


def test_F63_a_ledger_that_cannot_write_leaves_the_staged_file(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = parcel(letter(), copy(tmp_path / "m"))
    with ledger.database.writing() as write:
        write.execute("PRAGMA max_page_count = 1")
    with pytest.raises(Trouble, match="full"):
        for each in range(1000):
            ledger.keep(letter(bytes([each % 250]) * 200, generation=each), NOW)
    with pytest.raises(Trouble):
        settle([one], ledger, NOW)
    assert mail(tmp_path / "m") == []


def test_the_letter_and_its_names_do_not_depend_on_the_day(tmp_path: Path, ledger: Ledger) -> None:
    one, two = parcel(letter(), copy(tmp_path / "m")), parcel(letter(), copy(tmp_path / "m"))
    assert one.draft is not None and two.draft is not None
    assert one.draft.name == two.draft.name
    withdraw(one.draft)
    withdraw(two.draft)


def test_uids_of_any_bytes_never_reach_a_path(tmp_path: Path, ledger: Ledger) -> None:
    uids = [b"../../etc/passwd", b"a/b", b"\xff\n", b"x" * 1000]
    settle([parcel(letter(uid), copy(tmp_path / "m")) for uid in uids], ledger, NOW)
    assert len(mail(tmp_path / "m")) == 4
    ledger.polled(letter().account_id, [Entry(n, uid, 1) for n, uid in enumerate(uids)], NOW)
    assert set(ledger.known(letter().account_id, [])) == set(uids)


def _failing(number: int):
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_identical_copies_on_one_device_are_one_file(tmp_path: Path, ledger: Ledger) -> None:
    places = [tmp_path / name for name in "abc"]
    for place in places:
        maildir.prepare(place)
    os.chown(places[2] / "tmp", 65534, 65534) if os.geteuid() == 0 else shutil.rmtree(places[2])
    (outcome,) = settle([parcel(letter(), *(copy(place, stamp=b"") for place in places))], ledger, NOW)
    assert isinstance(outcome, Delivered)
    files = [next((place / "new").iterdir()) for place in places]
    assert [each.read_bytes() for each in files] == [STORED] * 3
    assert [each.stat().st_nlink for each in files] == [2, 2, 1]
    assert len({each.name for each in files}) == 3
    assert all(each.stat().st_mtime == NOW - 100 for each in files)


def test_copies_with_other_stamps_are_files_of_their_own(tmp_path: Path, ledger: Ledger) -> None:
    places = [tmp_path / name for name in "ab"]
    settle([parcel(letter(), *(copy(place, stamp=f"X: {place.name}\n".encode()) for place in places))], ledger, NOW)
    assert [next((place / "new").iterdir()).stat().st_nlink for place in places] == [1, 1]
