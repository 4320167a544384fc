"""The ledger: refuses what it cannot trust, remembers maildrops apart, answers questions."""

import base64
import hashlib
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.letter import Letter, account_id, copy_id
from fetchrun.delivery.outcome import patience
from fetchrun.delivery.places import Place
from fetchrun.listing import Entry
from fetchrun.memory import schema
from fetchrun.memory.ledger import DAY, Ledger
from fetchrun.memory.logbook import fact, log, trashed
from fetchrun.memory.records import Posting, Staged
from fetchrun.memory.state import locked
from fetchrun.trouble import Trouble

NOW = 1_700_000_000.0
HERE = Path("/mail/a")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def box(ledger: Ledger) -> str:
    return ledger.account("pop.example.com", "u", "office")


def posting(box: str, uid: bytes, *places: Path, now: float = NOW, owed: str = "", fate: str = "delivered") -> Posting:
    letter = Letter(box, uid, 1, 100, b"head", digest="d")
    about = (fate, ("b@ex.com",), ("Ängel@ex.com",), "To/Cc", "mail.sort:3")
    copies = [(Copy(Place.at(place), *about), "name") for place in places]  # type: ignore[arg-type]
    return Posting(letter, now, b"sha", 90, tuple(copies), owed=owed)


def delivered(ledger: Ledger, one: Posting, now: float = NOW) -> tuple[Staged, ...]:
    (staged,) = ledger.stage([one], now)
    ledger.done({each.key: each.name for each in staged}, now)
    return staged


def test_it_is_private_and_durable(tmp_path: Path, ledger: Ledger) -> None:
    assert (tmp_path / "ledger.db").stat().st_mode & 0o777 == 0o600
    assert ledger.database.read("PRAGMA journal_mode") == [("wal",)]
    with ledger.database.writing() as write:
        assert write.execute("PRAGMA synchronous").fetchone() == (2,)


def test_F90_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"Dear ledger, " * 100)
    with pytest.raises(Trouble, match="damaged") as trouble:
        Ledger(tmp_path)
    assert not trouble.value.temporary
    assert (tmp_path / "ledger.db").read_bytes() == b"Dear ledger, " * 100


def test_F90_a_damaged_page_is_refused(tmp_path: Path) -> None:
    whole = Ledger(tmp_path)
    box = whole.account("pop.example.com", "u", "office")
    whole.adopt(box, [Entry(n, b"%d" % n, 1) for n in range(2000)], NOW)
    whole.close()
    with (tmp_path / "ledger.db").open("r+b") as file:
        file.seek(file.seek(0, os.SEEK_END) // 2)
        file.write(b"\xff" * 9000)
    with pytest.raises(Trouble, match="damaged"):
        Ledger(tmp_path)


def test_F92_a_newer_schema_is_refused(tmp_path: Path) -> None:
    Ledger(tmp_path).close()
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    with pytest.raises(Trouble, match="newer fetchrun"):
        Ledger(tmp_path)


def test_F93_without_a_write_ahead_log_it_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (1)")
        connection.commit()
        # A reader in a rollback-journal transaction keeps SQLite from changing the mode.
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM t").fetchone()
        with pytest.MonkeyPatch.context() as impatient:
            connect = sqlite3.connect
            impatient.setattr(sqlite3, "connect", lambda *given, **more: connect(*given, **(more | {"timeout": 0})))
            with pytest.raises(Trouble):
                Ledger(tmp_path)
    connection.close()


def test_F93_a_disk_that_gives_no_write_ahead_log_is_refused_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda _, **more: connect(":memory:", **more))  # it has none either
    with pytest.raises(Trouble, match="gets no write-ahead log") as told:
        Ledger(tmp_path)
    assert not told.value.temporary


def test_F89_a_second_writer_is_waited_for_and_then_ends_the_session_cleanly(
    tmp_path: Path, ledger: Ledger, box: str
) -> None:
    with ledger.database.writing() as write:
        write.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Trouble, match="locked"):
        ledger.adopt(box, [], NOW)
    other.close()


def test_after_a_failed_commit_it_is_closed_for_good(ledger: Ledger, box: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(ledger.database, "commit", fail)
        with pytest.raises(Trouble, match="disk I/O error"):
            ledger.adopt(box, [Entry(1, b"1", 1)], NOW)
    with pytest.raises(Trouble):
        ledger.known(box, [])


def test_a_fault_of_ours_is_no_trouble_and_writes_nothing(ledger: Ledger, box: str) -> None:
    with pytest.raises(sqlite3.IntegrityError), ledger.database.writing() as write:
        write.execute("INSERT INTO accounts (id, name) VALUES ('x', 'y')")
        write.execute("INSERT INTO accounts (id, name) VALUES ('x', 'y')")
    assert len(ledger.database.read("SELECT 1 FROM accounts")) == 1


def test_a_block_within_a_block_is_a_part_of_it(ledger: Ledger, box: str) -> None:
    with pytest.raises(ZeroDivisionError), ledger.database.writing():
        gone = ledger.account("pop.example.com", "v", "rolled back")
        ledger.adopt(gone, [Entry(1, b"1", 1)], NOW)
        raise ZeroDivisionError
    assert ledger.known(gone, [b"1"]) == {}
    ledger.account("pop.example.com", "w", "has the number that the other had")
    with pytest.raises(sqlite3.IntegrityError):
        ledger.adopt(gone, [Entry(1, b"1", 1)], NOW)


def test_F84_a_second_fetchrun_is_told_who_the_first_is(tmp_path: Path) -> None:
    script = "import sys\nfrom fetchrun.memory.state import *\nwith locked(Path(sys.argv[1])): pass"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, str(tmp_path / "state")]
    with locked(tmp_path / "state"):
        second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert f"another fetchrun (process {os.getpid()}) uses" in second.stderr
    assert subprocess.run(command, env=environment, check=False).returncode == 0
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_another_maildrop_never_inherits_uids(ledger: Ledger) -> None:
    mine = ledger.account("pop.example.com", "u", "office")
    delivered(ledger, posting(mine, b"1", HERE))
    for server, user in [("pop.example.org", "u"), ("pop.example.com", "v")]:
        assert ledger.known(ledger.account(server, user, "office"), [b"1"]) == {}
    assert ledger.account("POP.Example.com", "u", "renamed") == mine
    assert set(ledger.known(mine, [])) == {b"1"}


def test_an_unknown_maildrop_has_no_memory(ledger: Ledger) -> None:
    assert ledger.known(account_id("x", "y"), [b"1"]) == {}
    assert ledger.first_poll(account_id("x", "y"))


def test_the_first_poll_ends_with_what_it_adopts(ledger: Ledger, box: str) -> None:
    assert ledger.first_poll(box)
    ledger.adopt(box, [Entry(1, b"1", 10)], NOW)
    assert not ledger.first_poll(box)
    assert ledger.known(box, [])[b"1"].state == "adopted"


def test_adopting_never_changes_what_is_known(ledger: Ledger, box: str) -> None:
    delivered(ledger, posting(box, b"1", HERE))
    ledger.adopt(box, [Entry(1, b"1", 10)], NOW)
    assert ledger.known(box, [])[b"1"].state == "done"


def test_states_follow_from_copies(ledger: Ledger, box: str) -> None:
    (staged,) = ledger.stage([posting(box, b"1", HERE, Path("/mail/b"), owed="c is full")], NOW)
    assert ledger.known(box, [])[b"1"].state == "staged"
    ledger.done({staged[0].key: "name"}, NOW)
    assert ledger.known(box, [])[b"1"].state == "staged"
    ledger.done({staged[1].key: "name"}, NOW)
    assert ledger.known(box, [])[b"1"].state == "deferred"
    delivered(ledger, posting(box, b"1", Path("/mail/c")))
    assert ledger.known(box, [])[b"1"].state == "done"
    assert set(ledger.settled(Letter(box, b"1", 1, 100))[0]) == {"/mail/a", "/mail/b", "/mail/c"}


def test_a_refused_message_waits_longer_each_time(ledger: Ledger, box: str) -> None:
    waits = []
    for _ in range(9):
        ledger.refuse(Letter(box, b"1", 1, 100), NOW)
        waits.append(ledger.known(box, [])[b"1"].retry_at - NOW)
    assert waits == [0, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert patience(10**9) == 3600


def test_what_was_refused_is_owed_again_and_what_was_delivered_is_not(ledger: Ledger, box: str) -> None:
    well, refused = posting(box, b"1", HERE), posting(box, b"1", Path("/quarantine"), fate="failed")
    first, second = delivered(ledger, replace(well, staged=well.staged + refused.staged))
    about = ledger.reopen(second.key)
    assert about == (100, 90, NOW)
    states = ledger.database.read("SELECT key, state, fate FROM copies ORDER BY key")
    assert states == [(first.key, "done", "delivered"), (second.key, "deferred", "delivered")]


def test_failures_are_counted_in_a_row(ledger: Ledger, box: str) -> None:
    ledger.refuse(Letter(box, b"1", 1, 100), NOW)
    delivered(ledger, posting(box, b"1", owed="full"))
    assert ledger.known(box, [])[b"1"].failures == 1
    delivered(ledger, posting(box, b"1", owed="full"))
    assert ledger.known(box, [])[b"1"].failures == 2
    delivered(ledger, posting(box, b"1", HERE))
    assert ledger.known(box, [])[b"1"].failures == 0


def test_first_seen_does_not_move(ledger: Ledger, box: str) -> None:
    ledger.refuse(Letter(box, b"1", 1, 100), NOW)
    delivered(ledger, posting(box, b"1", HERE, now=NOW + 5))
    assert ledger.known(box, [])[b"1"].first_seen == NOW


def test_F14_F31_who_is_gone_and_who_is_back(ledger: Ledger, box: str) -> None:
    delivered(ledger, posting(box, b"1", HERE))
    ledger.adopt(box, [Entry(2, b"2", 50)], NOW)
    ledger.polled(box, [], NOW + 1)
    assert ledger.known(box, []) == {}
    assert [each.gone for each in ledger.known(box, [b"1", b"2"]).values()] == [NOW + 1, NOW + 1]
    ledger.polled(box, [Entry(1, b"1", 100), Entry(2, b"2", 50)], NOW + 2)
    assert set(ledger.known(box, [])) == {b"2"}, "an unverified uid stays gone"
    ledger.polled(box, [Entry(1, b"1", 101, b"head")], NOW + 3)
    assert ledger.known(box, [])[b"1"].size == 101


def test_generations_stand_behind_each_other(ledger: Ledger, box: str) -> None:
    for generation in (1, 2, 3):
        ledger.keep(Letter(box, b"1", generation, generation), NOW)
    last = ledger.known(box, [])[b"1"]
    assert [last.generation, *(each.generation for each in last.older)] == [3, 2, 1]
    ledger.polled(box, [], NOW)
    assert ledger.known(box, [b"1"])[b"1"].generation == 3


def test_forgets_what_is_long_gone_but_not_its_trash(ledger: Ledger, box: str) -> None:
    delivered(ledger, posting(box, b"1", HERE))
    (thrown,) = delivered(ledger, posting(box, b"2", Path("/trash"), fate="discarded"))
    delivered(ledger, posting(box, b"3", HERE))
    ledger.polled(box, [Entry(1, b"3", 100)], NOW)
    ledger.forget(NOW + 89 * DAY, 7 * DAY)
    assert set(ledger.known(box, [b"1", b"2", b"3"])) == {b"1", b"2", b"3"}
    ledger.forget(NOW + 91 * DAY, 7 * DAY)
    assert set(ledger.known(box, [b"1", b"2", b"3"])) == {b"2", b"3"}
    ledger.cleared(thrown.key, "expired")
    ledger.forget(NOW + 91 * DAY, 7 * DAY)
    assert set(ledger.known(box, [b"1", b"2", b"3"])) == {b"3"}
    assert len(log(ledger)) == 1


def test_the_log_tells_the_newest_first_and_can_be_asked(ledger: Ledger, box: str) -> None:
    other = ledger.account("pop.example.org", "u", "home")
    delivered(ledger, posting(box, b"1", HERE), NOW)
    delivered(ledger, posting(other, b"2", HERE), NOW + 1)
    delivered(ledger, posting(box, b"3", Path("/trash"), fate="discarded"), NOW + 2)
    ledger.stage([posting(box, b"4", HERE)], NOW + 3)
    assert [each.uid for each in log(ledger)] == [b"3", b"2", b"1"]
    assert [each.uid for each in log(ledger, limit=1)] == [b"3"]
    assert [each.uid for each in log(ledger, account="home")] == [b"2"]
    assert [each.uid for each in log(ledger, since=NOW + 1)] == [b"3", b"2"]
    assert len(log(ledger, address="Ängel@ex.com")) == len(log(ledger, address="B@EX.com")) == 3
    assert log(ledger, address="gel@ex.com") == ()
    (thrown,) = trashed(ledger)
    assert fact(ledger, thrown.key) == thrown
    assert (thrown.account, thrown.fate, thrown.rule, thrown.target) == (
        "office",
        "discarded",
        "mail.sort:3",
        "/trash",
    )
    assert fact(ledger, 999) is None


def test_any_thread_may_write(ledger: Ledger, box: str) -> None:
    def work(name: bytes) -> None:
        for n in range(20):
            ledger.keep(Letter(box, name + b"%d" % n, 1, 1), NOW)

    threads = [threading.Thread(target=work, args=(name,)) for name in (b"a", b"b", b"c")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(ledger.known(box, [])) == 60


PARTS = st.binary(max_size=6)


@given(st.tuples(PARTS, st.integers(1, 20), PARTS), st.tuples(PARTS, st.integers(1, 20), PARTS))
def test_two_copies_have_two_names(one: tuple[bytes, int, bytes], two: tuple[bytes, int, bytes]) -> None:
    names = [
        copy_id(Letter("box", uid, generation, 1), Path(os.fsdecode(b"/" + place.replace(b"\0", b""))))
        for uid, generation, place in (one, two)
    ]
    places = [str(Path(os.fsdecode(b"/" + place.replace(b"\0", b"")))) for _, _, place in (one, two)]
    assert (names[0] == names[1]) == ((one[:2], places[0]) == (two[:2], places[1]))


@given(st.text(max_size=9), st.text(max_size=9))
def test_a_maildrop_is_called_what_base64_makes_of_it(server: str, user: str) -> None:
    """Files of earlier versions bear such names: they must be met again."""
    parts = server.lower().removesuffix(".").encode(), user.encode()
    framed = b"".join(len(each).to_bytes(4, "big") + each for each in parts)
    long = base64.b32encode(hashlib.sha256(framed).digest()[:20]).decode()
    assert account_id(server, user) == long[:26].lower()


def test_F11_a_message_that_breaks_sessions_waits_longer_each_time_and_is_not_given_up(
    ledger: Ledger, box: str
) -> None:
    for _ in range(6):
        ledger.interrupt(Letter(box, b"1", 1, 100), "the server cut the connection", NOW)
    known = ledger.known(box, [b"1"])[b"1"]
    assert (known.state, known.failures, known.retry_at) == ("deferred", 6, NOW + 16 * 60)


def test_a_pardon_lets_a_poisoned_message_be_tried_again_and_no_other_maildrop(ledger: Ledger, box: str) -> None:
    other = ledger.account("pop.example.net", "u", "other")
    for each in (box, other):
        for _ in range(5):
            ledger.refuse(Letter(each, b"1", 1, 100, b"head", digest="d"), NOW)
    assert ledger.pardon(box) == 1
    assert (ledger.known(box, [b"1"])[b"1"].failures, ledger.known(box, [b"1"])[b"1"].retry_at) == (0, 0)
    assert ledger.known(other, [b"1"])[b"1"].failures == 5
    assert ledger.pardon(box) == 0
