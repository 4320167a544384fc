"""When an account is asked: intervals, windows, failures, backlog."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import account
from fetchrun.schedule import (
    HOUR,
    JITTER,
    NEVER_ASKED,
    Event,
    History,
    Result,
    after,
    backoff,
    due,
    forgiven,
    host_after,
    kept,
    opening,
)
from sortlang.rules import Account, Hours

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC).timestamp()  # a Monday
OFFICE = Hours(8 * 60, 18 * 60, (0, 1, 2, 3, 4))
NIGHT = Hours(22 * 60, 6 * 60)
ZURICH = ZoneInfo("Europe/Zurich")


def asked(**settings: Any) -> Account:
    return account(995, **{"every": 300.0, **settings})


def at(text: str, zone: Any = UTC) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def session(result: Result, began: float = NOW, seconds: float = 10.0, login_delay: float = 0.0) -> Event:
    return Event(began, began + seconds, result, login_delay)


def gone(*results: Result) -> History:
    """The history after sessions that went like that, at NOW."""
    history = NEVER_ASKED
    for each in results:
        history = after(history, session(each))
    return history


def test_an_account_that_was_never_asked_is_due_now() -> None:
    assert due(asked(), NEVER_ASKED, NOW) == NOW


def test_a_disabled_account_is_never_due() -> None:
    assert due(asked(disabled=True), NEVER_ASKED, NOW) is None


@given(every=st.floats(10, 86_400), seed=st.text(max_size=5), began=st.floats(NOW, NOW + 1e6))
def test_the_next_session_is_about_every_after_the_last_began_and_never_before_its_end(
    every: float, seed: str, began: float
) -> None:
    history = after(NEVER_ASKED, session("well", began))
    moment = due(asked(every=every), history, began + 10, seed=seed)
    assert moment is not None
    assert moment >= began + 10
    assert moment == began + 10 or abs(moment - began - every) <= every * JITTER + 1e-3
    assert moment == due(asked(every=every), history, began + 10, seed=seed)


def test_two_accounts_and_two_installations_stray_apart() -> None:
    moments = {
        due(asked(user=user), gone("well"), NOW, seed=seed) for user in ("a", "b", "c") for seed in ("here", "there")
    }
    assert len(moments) == 6


def test_a_backlog_is_fetched_at_once() -> None:
    assert due(asked(), gone("full"), NOW + 10) == NOW + 10


def test_the_server_s_login_delay_holds_even_with_a_backlog() -> None:
    history = after(NEVER_ASKED, session("full", login_delay=900))
    assert due(asked(), history, NOW + 10) == NOW + 900


def test_failures_wait_longer_each_time() -> None:
    assert [backoff(count) / 60 for count in range(9)] == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    moments = [due(asked(every=10.0), gone(*["failed"] * count), NOW) for count in (1, 2, 3)]
    assert moments == [NOW + 10 + 60 * 2**count for count in range(3)]


def test_a_success_ends_the_waiting() -> None:
    assert gone("failed", "failed", "well").failures == 0


def test_three_refused_logins_end_it_until_the_rules_change() -> None:
    two, three = gone("denied", "denied"), gone("denied", "denied", "denied")
    assert due(asked(), two, NOW) is not None
    assert due(asked(), three, NOW) is None
    mended = kept({"box": three}, {"box": asked()}, {"box": asked(user="berta")})
    assert due(asked(), mended["box"], NOW + 20) == NOW + 10


def test_a_connection_that_fails_in_between_does_not_make_refused_logins_forgotten() -> None:
    assert due(asked(), gone("denied", "unreachable", "denied", "failed", "denied"), NOW) is None


def test_rules_that_leave_the_account_alone_leave_its_history_alone() -> None:
    history = {"box": gone("denied", "denied", "denied"), "other": gone("well")}
    assert kept(history, {"box": asked()}, {"box": asked()}) == {"box": history["box"]}


def test_forgiving_what_went_well_hurries_nothing() -> None:
    assert forgiven(gone("well")) == gone("well")


def test_trouble_of_this_machine_is_tried_again_each_minute() -> None:
    assert due(asked(), gone("disk", "disk", "disk", "disk"), NOW) == NOW + 10 + 60


def test_a_host_that_cannot_be_reached_is_left_alone_by_all_its_accounts() -> None:
    host = host_after(NEVER_ASKED, session("unreachable"))
    assert due(asked(user="other"), NEVER_ASKED, NOW + 20, host=host) == NOW + 10 + 60
    assert host_after(host, session("well", NOW + 70)) == NEVER_ASKED


def test_sessions_side_by_side_that_fail_count_once_for_the_host() -> None:
    host = NEVER_ASKED
    for _ in range(8):
        host = host_after(host, session("unreachable"))
    assert host.failures == 1
    assert host_after(host, session("unreachable", NOW + 100)).failures == 2


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    history = after(NEVER_ASKED, session("well", NOW + 365 * 86_400))
    moment = due(asked(), history, NOW)
    assert moment is not None
    assert moment < NOW + 500
    host = host_after(NEVER_ASKED, session("unreachable", NOW + 365 * 86_400))
    moment = due(asked(), NEVER_ASKED, NOW, host=host)
    assert moment is not None
    assert moment <= NOW + 60


@pytest.mark.parametrize(
    ("hours", "asked_at", "opens"),
    [
        (OFFICE, "2026-11-23 12:00", "2026-11-23 12:00"),
        (OFFICE, "2026-11-23 07:59", "2026-11-23 08:00"),
        (OFFICE, "2026-11-23 18:00", "2026-11-24 08:00"),
        (OFFICE, "2026-11-27 18:00", "2026-11-30 08:00"),
        (NIGHT, "2026-11-23 03:00", "2026-11-23 03:00"),
        (NIGHT, "2026-11-23 06:00", "2026-11-23 22:00"),
        (Hours(22 * 60, 6 * 60, (4,)), "2026-11-28 05:00", "2026-11-28 05:00"),
        (Hours(22 * 60, 6 * 60, (4,)), "2026-11-28 22:00", "2026-12-04 22:00"),
        (Hours(0, 0, (6,)), "2026-11-23 00:00", "2026-11-29 00:00"),
        (Hours(0, 0, (6,)), "2026-11-29 23:59", "2026-11-29 23:59"),
        (Hours(600, 600, (6,)), "2026-11-30 09:59", "2026-11-30 09:59"),
    ],
)
def test_windows(hours: Hours, asked_at: str, opens: str) -> None:
    assert opening(hours, at(asked_at), UTC) == at(opens)


def test_windows_are_in_local_time_on_both_days_when_the_clocks_change() -> None:
    morning = Hours(8 * 60, 9 * 60)
    assert opening(morning, at("2026-03-29 00:30", ZURICH), ZURICH) == at("2026-03-29 06:00")
    assert opening(morning, at("2026-10-25 00:30", ZURICH), ZURICH) == at("2026-10-25 07:00")


HOURS = st.builds(
    Hours,
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
)


@given(HOURS, st.integers(0, 20_000), st.sampled_from([UTC, ZURICH]))
def test_an_opening_is_open_and_nothing_before_it_is(hours: Hours, minutes: int, zone: Any) -> None:
    moment = NOW + 60 * minutes
    opens = opening(hours, moment, zone)
    assert opens >= moment
    assert opening(hours, opens, zone) == opens
    assert opens - moment <= 8 * 24 * HOUR
    if opens > moment:
        assert opening(hours, (moment + opens) / 2, zone) == opens


def test_nothing_waits_outside_its_hours_even_with_a_backlog() -> None:
    assert due(asked(hours=OFFICE), gone("full"), at("2026-11-23 19:00"), zone=UTC) is not None
    late = after(NEVER_ASKED, session("full", at("2026-11-23 17:59:55")))
    assert due(asked(hours=OFFICE), late, at("2026-11-23 18:01"), zone=UTC) == at("2026-11-24 08:00")
