"""The schedule: when an account is asked next, from what happened before."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from hashlib import sha256
from typing import Literal

from sortlang.frozen import frozen
from sortlang.rules import Account, Hours

MINUTE, HOUR = 60.0, 3600.0
JITTER = 0.05
"""So far the time between two sessions strays from `every`, up and down, so that accounts do not march in step."""

MAX_DENIALS = 3
"""So many denied logins in a row; one more might lock the mailbox."""

DISK_SECONDS = MINUTE
AHEAD = MINUTE
"""A memory further in the future than that was made by a clock that has since been set back."""


@frozen
class History:
    """What happened to an account. Times in Unix seconds, `began` and `ended` of the last session; None: none yet.

    `failures` and `denials` (logins refused with this secret) are those in a row. `backlog`: messages were
    left behind only because the session was full. `login_delay`: seconds the server wants between two logins. `disk`:
    the last failure was one of this machine, not of the server.
    """

    began: float | None = None
    ended: float | None = None
    failures: int = 0
    denials: int = 0
    backlog: bool = False
    login_delay: float = 0.0
    disk: bool = False


NEVER_ASKED = History()


Result = Literal["well", "full", "denied", "unreachable", "failed", "disk"]


@frozen
class Event:
    """How a session went, as far as the schedule cares.

    `full`: well, and more is waiting. `denied`: the login, with this secret. `disk`: the fault is this machine's.
    """

    began: float
    ended: float
    result: Result
    login_delay: float = 0.0


def after(history: History, event: Event) -> History:
    """The history with one session more."""
    went = replace(history, began=event.began, ended=event.ended, backlog=event.result == "full", disk=False)
    if event.result in ("well", "full"):
        return replace(went, failures=0, denials=0, login_delay=event.login_delay)
    denials = history.denials + 1 if event.result == "denied" else history.denials
    return replace(went, failures=history.failures + 1, denials=denials, disk=event.result == "disk")


def host_after(history: History, event: Event) -> History:
    """The same for a host, of which only failures to reach it count; of sessions side by side, one alone."""
    if event.result != "unreachable":
        return NEVER_ASKED if event.result in ("well", "full", "denied") else history
    if history.ended is not None and event.began < history.ended:
        return history
    return replace(history, began=event.began, ended=event.ended, failures=history.failures + 1)


def due(
    account: Account,
    history: History,
    now: float,
    *,
    host: History = NEVER_ASKED,
    seed: str = "",
    zone: tzinfo | None = None,
) -> float | None:
    """When the next session may begin, Unix seconds, be it in the past; None: not before the rules are others.

    `host` is the history of its server, shared by all accounts there. `seed` tells installations apart that have the
    same rules. Time windows are in `zone`, None for this machine's.
    """
    if account.disabled or history.denials >= MAX_DENIALS:
        return None
    began, ended = (min(each, now + AHEAD) if each is not None else None for each in (history.began, history.ended))
    if began is None or ended is None:
        moment = now
    else:
        moment = max(_next(account, history, began, ended, seed), began + history.login_delay)
    if host.ended is not None:
        # The first to ask again finds out for all the others.
        moment = max(moment, min(host.ended, now) + backoff(host.failures))
    return opening(account.hours, moment, zone)


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 1, 2, 4 … 60 minutes."""
    return 0.0 if failures < 1 else min(HOUR, MINUTE * 2 ** min(failures - 1, 10))


def opening(hours: Hours | None, moment: float, zone: tzinfo | None = None) -> float:
    """The first moment from `moment` on that lies in the hours; `zone` None is that of this machine."""
    if hours is None or not hours.days:
        return moment
    today = datetime.fromtimestamp(moment, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    for day in range(-1, 9):
        start, end = _window(hours, today + timedelta(days=day), zone)
        if start < end and moment < end and (today + timedelta(days=day)).weekday() in hours.days:
            return max(moment, start)
    raise AssertionError("a week has all days")


def kept(
    histories: Mapping[str, History], old: Mapping[str, Account], new: Mapping[str, Account]
) -> dict[str, History]:
    """The histories, by maildrop, under new rules: an account that was changed has a clean slate, but for its times."""
    return {
        key: history if old.get(key) == account else forgiven(history)
        for key, account in new.items()
        if (history := histories.get(key))
    }


def forgiven(history: History) -> History:
    """As if nothing had gone wrong: it is tried again now, as soon as the server's LOGIN-DELAY allows."""
    if not history.failures:
        return history
    return replace(history, failures=0, denials=0, backlog=True, disk=False)


def _next(account: Account, history: History, began: float, ended: float, seed: str) -> float:
    if history.disk:
        return ended + DISK_SECONDS
    if history.backlog:
        return ended
    regular = began + account.every * (1 + JITTER * _stray(account, began, seed))
    return max(ended, regular, ended + backoff(history.failures))


def _stray(account: Account, began: float, seed: str) -> float:
    """From -1 to 1, the same for the same account, session and installation."""
    named = f"{seed}\0{account.server}\0{account.user}\0{began:.0f}"
    return int.from_bytes(sha256(named.encode()).digest()[:8], "big") / (1 << 63) - 1


def _window(hours: Hours, day: datetime, zone: tzinfo | None) -> tuple[float, float]:
    """From when until when, Unix seconds, the window that starts on that day is open; daylight saving is in it."""
    start = day + timedelta(minutes=hours.start)
    end = day + timedelta(days=hours.end <= hours.start, minutes=hours.end)
    return start.replace(tzinfo=zone).timestamp(), end.replace(tzinfo=zone).timestamp()
