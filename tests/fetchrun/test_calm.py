"""A maildrop whose size has not changed is not listed, unless something is due in it."""

from dataclasses import replace
from pathlib import Path

import pytest

from fetchrun.delivery.letter import account_id
from fetchrun.memory.calm import LISTED_EVERY, Calm
from fetchrun.memory.database import Database
from fetchrun.memory.ledger import Ledger
from postbox import Desk, Postbox, letter

LISTED, ASKED = ["STAT", "UIDL", "LIST", "QUIT"], ["STAT", "QUIT"]
FOUND = Calm(2, 200, "d", 1_000.0, 9_000.0)
HOUR = 3_600.0


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def calmed(desk: Desk, settings: str = "keep forever;") -> Postbox:
    """A postbox with two delivered messages whose last full listing left all as it was."""
    postbox = Postbox([letter(1), letter(2)])
    desk.polled(postbox, settings)
    desk.polled(postbox, settings)
    assert postbox.verbs() == LISTED
    return postbox


def test_three_round_trips_where_nothing_has_changed(desk: Desk) -> None:
    postbox = calmed(desk)
    summary = desk.polled(postbox, "keep forever;")
    assert postbox.verbs() == ASKED
    assert summary.clean
    assert str(summary) == "2 listed, 2 left (nothing has changed since the last listing)"


def test_a_session_makes_four_transactions_and_one_where_nothing_has_changed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is a flush: what the listing taught, the promise, its fulfilment, how it went; and each minute the epoch."""
    commit, made = Database.commit, list[Database]()
    monkeypatch.setattr(Database, "commit", lambda database: (made.append(database), commit(database)))
    monkeypatch.setattr("fetchrun.once.tidied", lambda office: None)
    postbox, counts = Postbox([letter(1), letter(2)]), list[int]()
    for _ in range(3):
        made.clear()
        desk.polled(postbox, "keep forever;")
        counts.append(len(made))
    assert counts == [4 + 1, 2, 1]


def test_what_is_new_is_fetched(desk: Desk) -> None:
    postbox = calmed(desk)
    postbox.messages.append(letter(3))
    desk.polled(postbox, "keep forever;")
    assert "RETR" in postbox.verbs()
    assert len(desk.bodies()) == 3


def test_another_of_the_same_size_is_fetched_within_a_day(desk: Desk) -> None:
    postbox = calmed(desk)
    postbox.messages[1] = letter(3)
    desk.polled(postbox, "keep forever;")
    assert postbox.verbs() == ASKED
    desk.now += LISTED_EVERY
    desk.polled(postbox, "keep forever;")
    assert len(desk.bodies()) == 3


def test_a_pardon_has_it_listed(desk: Desk) -> None:
    postbox = calmed(desk)
    ledger = Ledger(desk.folder)
    ledger.pardon(account_id("localhost", "u"))
    ledger.close()
    desk.polled(postbox, "keep forever;")
    assert postbox.verbs() == LISTED


def test_other_rules_have_it_listed(desk: Desk) -> None:
    postbox = calmed(desk)
    desk.polled(postbox)
    assert postbox.messages == []


def test_what_was_kept_long_enough_is_removed_in_time(desk: Desk) -> None:
    postbox = calmed(desk, "keep 5h;")
    desk.polled(postbox, "keep 5h;")
    assert postbox.verbs() == ASKED
    desk.now += 2 * HOUR
    desk.polled(postbox, "keep 5h;")
    assert postbox.messages == []


def test_a_refused_message_is_tried_again_when_its_time_has_come(desk: Desk) -> None:
    postbox = Postbox([letter(1)], lacks={"RETR"})
    refused = [*LISTED[:3], "RETR", "QUIT"]
    for expected in (refused, refused, LISTED, ASKED):
        desk.polled(postbox, "keep forever;")
        assert postbox.verbs() == expected
        desk.now -= 2 * HOUR - 1
    desk.now += HOUR
    postbox.lacks.clear()
    desk.polled(postbox, "keep forever;")
    assert len(desk.bodies()) == 1


def test_what_a_limit_left_is_fetched_next(desk: Desk) -> None:
    postbox = Postbox([letter(number) for number in range(3)])
    for count in (1, 2, 3):
        desk.polled(postbox, "keep forever; limit 1;")
        assert len(desk.bodies()) == count


def test_a_session_without_its_end_is_not_remembered(desk: Desk) -> None:
    postbox = Postbox([letter(1)])
    desk.polled(postbox, "keep forever;")
    postbox.lacks.add("QUIT")
    desk.polled(postbox, "keep forever;")
    desk.polled(postbox, "keep forever;")
    assert postbox.verbs() == LISTED


@pytest.mark.parametrize(
    "found, size, digest, now",
    [
        (FOUND, (3, 200), "d", 2_000.0),
        (FOUND, (2, 201), "d", 2_000.0),
        (FOUND, (2, 200), "e", 2_000.0),
        (FOUND, (2, 200), "d", 999.0),
        (FOUND, (2, 200), "d", 9_000.0),
        (replace(FOUND, until=1e12), (2, 200), "d", 1_000.0 + LISTED_EVERY),
    ],
    ids=["count", "octets", "rules", "clock set back", "due", "a day"],
)
def test_what_ends_the_calm(found: Calm, size: tuple[int, int], digest: str, now: float) -> None:
    assert found.holds((2, 200), "d", 2_000.0)
    assert not found.holds(size, digest, now)
