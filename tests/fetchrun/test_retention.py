"""What goes because `keep` is over goes in shares, and only by a clock that can be believed."""

from pathlib import Path

import pytest

from fetchrun.condition import AccountCondition
from fetchrun.memory.clock import ABSENCE, LEAP, Moment, moment
from fetchrun.memory.conditions import account_conditions
from fetchrun.memory.ledger import DAY, Ledger
from fetchrun.pop3.capabilities import Capabilities
from fetchrun.retention import DOUBTED, MOST, OVERDUE
from postbox import NOW, Desk, Postbox, letter

SEVEN = "keep 7d;"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def filled(count: int) -> Postbox:
    return Postbox([letter(number) for number in range(count)])


def later(desk: Desk, seconds: float) -> Desk:
    desk.now += seconds
    return desk


@pytest.mark.parametrize("count, first", [(30, 30), (130, MOST), (600, 120)])
def test_S38_one_session_removes_no_more_than_its_share(count: int, first: int, desk: Desk) -> None:
    postbox = filled(count)
    desk.polled(postbox, SEVEN)
    summary = later(desk, 8 * DAY).polled(postbox, SEVEN)
    assert (summary.removed, len(postbox.messages)) == (first, count - first)
    assert [(why.startswith(OVERDUE), many) for why, many in summary.left.items()] == [(True, count - first)] * (
        count > first
    )
    noted = condition(desk.folder).notices
    assert [f"one session removes {first} at most" in each for each in noted] == [True] * (count > first)
    while postbox.messages:
        assert desk.polled(postbox, SEVEN).removed > 0
    assert len(desk.bodies()) == count


def test_S38_all_goes_at_once_for_whoever_says_so(desk: Desk) -> None:
    postbox = filled(130)
    desk.polled(postbox, SEVEN)
    later(desk, 8 * DAY).all_at_once = True
    assert desk.polled(postbox, SEVEN).removed == 130


def test_S38_what_need_not_be_kept_goes_as_soon_as_it_is_delivered(desk: Desk) -> None:
    postbox = filled(150)
    postbox.cuts = {"DELE"}
    desk.polled(postbox)
    postbox.cuts = set()
    assert desk.polled(postbox).removed == 150


@pytest.mark.parametrize("jump", [400 * DAY, 8 * DAY])
def test_F85_a_clock_that_leaps_removes_nothing_until_two_sessions_agree(jump: float, desk: Desk) -> None:
    uptime = 1000.0
    desk.moment = lambda wall: Moment("boot", uptime, wall)
    postbox = filled(3)
    desk.polled(postbox, SEVEN)
    uptime += 7200
    leapt = later(desk, jump).polled(postbox, SEVEN)
    assert (leapt.removed, leapt.left) == (0, {DOUBTED: 3})
    assert condition(desk.folder).notices == (f"3 messages left there: {DOUBTED}",)
    uptime += 7200
    assert desk.polled(postbox, SEVEN).removed == 3


def test_F85_a_clock_set_back_removes_nothing_and_fetches_nothing_twice(desk: Desk) -> None:
    desk.moment = lambda wall: Moment("boot", 0.0, wall)
    postbox = filled(3)
    desk.polled(postbox, SEVEN)
    summary = later(desk, -30 * DAY).polled(postbox, SEVEN)
    assert (summary.removed, summary.settled, len(desk.bodies())) == (0, 0, 3)


@pytest.mark.parametrize(
    "boot, uptime, wall, agrees",
    [
        ("a", 1000.0 + DAY, DAY, True),
        ("a", 1000.0 + DAY, DAY + LEAP, True),
        ("a", 1000.0 + DAY, DAY + LEAP + 1, False),
        ("a", 1000.0 + DAY, DAY - LEAP - 1, False),
        ("b", 5.0, DAY, True),
        ("b", 5.0, ABSENCE + 1, False),
        ("b", 5.0, -LEAP - 1, False),
    ],
)
def test_F85_the_wall_is_held_against_the_time_since_the_boot(
    boot: str, uptime: float, wall: float, agrees: bool
) -> None:
    assert Moment(boot, uptime, NOW + wall).follows(Moment("a", 1000.0, NOW)) is agrees


def test_this_machine_knows_when_it_was_booted() -> None:
    one, two = moment(NOW), moment(NOW)
    assert two.follows(one) and two.uptime >= one.uptime > 0


@pytest.mark.parametrize(
    "offer, keep, notice",
    [
        ("EXPIRE 2", "keep 7d;", "the server removes mail after 2 days, whatever `keep` says (EXPIRE 2)"),
        ("EXPIRE 0", "keep 7d;", "the server removes mail as soon as it is fetched, whatever `keep` says (EXPIRE 0)"),
        ("EXPIRE 1 USER", "keep forever;", "the server removes mail after a day, whatever `keep` says (EXPIRE 1)"),
        ("EXPIRE 7", "keep 7d;", None),
        ("EXPIRE NEVER", "keep forever;", None),
        ("EXPIRE 0", "", None),
    ],
)
def test_F24_F25_a_server_that_removes_mail_before_keep_is_over_is_named(
    offer: str, keep: str, notice: str | None, desk: Desk
) -> None:
    postbox = Postbox([letter(1)], offers=("USER", "UIDL", offer))
    summary = desk.polled(postbox, keep)
    assert summary.notices == ((notice,) if notice else ())
    assert (notice or "") in str(summary)
    assert condition(desk.folder).notices == summary.notices


class Stubborn(list[bytes]):
    """A server that says it has removed what it has not."""

    def __setitem__(self, key: object, value: object) -> None:
        pass


def test_F36_a_server_that_removes_nothing_is_named_and_gives_nothing_twice(desk: Desk) -> None:
    postbox = Postbox(Stubborn(letter(number) for number in range(3)))
    assert desk.polled(postbox).notices == ()
    for _ in range(2):
        summary = desk.polled(postbox)
        assert summary.notices == ("3 still there that the server promised to remove",)
    assert len(desk.bodies()) == 3
    assert postbox.verbs().count("RETR") == 0


@pytest.mark.parametrize(
    "words, days", [("0", 0), ("30", 30), ("30 USER", 30), ("NEVER", None), ("", None), ("x", None)]
)
def test_days_after_which_mail_expires(words: str, days: int | None) -> None:
    assert Capabilities.of((f"EXPIRE {words}".encode(),)).expires == days


def condition(folder: Path) -> AccountCondition:
    ledger = Ledger(folder)
    try:
        return account_conditions(ledger)[0]
    finally:
        ledger.close()
