"""A Condition on one screen: what is wrong first, what to do below it."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from fetchrun.ages import ago, ahead, clock, counted, lasting, octets
from fetchrun.commands.results import near
from fetchrun.condition import AccountCondition, Complaint, Condition
from fetchrun.printable import printable

MOST = 600
"""Characters of one sentence; a server may say a lot."""


def screen(condition: Condition, now: float, width: int = 100) -> str:
    """The lines of a terminal of that width, coloured; what does not fit is wrapped, never cut, a path never broken."""
    lines = [_headline(condition), ""]
    for whose, complaint in condition.complaints:
        lines += [*_complaint(whose, complaint, _of(condition, whose), now, width), ""]
    well = [line for each in condition.accounts if each.complaint is None for line in _line(each, now, width)]
    lines += [*well, ""] if well else []
    lines += _below(condition, now, width)
    return "\n".join(lines)


def _headline(condition: Condition) -> str:
    wrong = len(condition.complaints)
    if wrong:
        return click.style(f"{counted(wrong, 'thing')} to look at", fg="red", bold=True)
    return click.style("all is well", fg="green", bold=True)


def _of(condition: Condition, whose: str) -> AccountCondition | None:
    return next((each for each in condition.accounts if whose == f'account "{each.name}"'), None)


def _complaint(
    whose: str, complaint: Complaint, account: AccountCondition | None, now: float, width: int
) -> Iterator[str]:
    yield from _heading(f"✗ {printable(whose)}", near(Path(complaint.place)) if complaint.place else "", width)
    yield from _wrapped(printable(complaint.sentence, MOST), "  ", width)
    yield from _wrapped(f"→ {printable(complaint.hint, MOST)}", "  ", width, bold=True)
    yield from _wrapped(_since(complaint, account, now), "  ", width, dim=True)


def _heading(whose: str, place: str, width: int) -> Iterator[str]:
    """Whose it is, and the place behind it, or below where both do not fit, never in pieces: it is copied."""
    apart = "\n  " if len(whose) + 2 + len(place) > width else "  "
    yield click.style(whose, fg="red", bold=True) + (click.style(apart + place, dim=True) if place else "")


def _since(complaint: Complaint, account: AccountCondition | None, now: float) -> str:
    said = [f"since {clock(complaint.since)}"]
    if account:
        said += [_success(account, now), *_waiting(account, now), *_next(account, now)]
    return ", ".join(said)


def _line(account: AccountCondition, now: float, width: int) -> Iterator[str]:
    if account.disabled:
        yield click.style(f"- {printable(account.name)}: disabled", dim=True)
    elif account.last_run is None:
        yield f"- {printable(account.name)}: never asked yet"
    else:
        said = [_success(account, now), *_waiting(account, now), *_next(account, now)]
        first, *more = _wrapped(f"{printable(account.name)}: {', '.join(said)}", "  ", width)
        yield from (click.style("✓ ", fg="green") + first[2:], *more)
        for each in account.notices:
            yield from _wrapped(printable(each, MOST), "  ", width)


def _success(account: AccountCondition, now: float) -> str:
    return "no success yet" if account.last_success is None else f"last success {ago(account.last_success, now)}"


def _waiting(account: AccountCondition, now: float) -> Iterator[str]:
    backlog = account.backlog
    if backlog.messages and backlog.oldest is not None:
        size = octets(backlog.octets)
        yield f"{counted(backlog.messages)} ({size}) waiting there, the oldest for {lasting(now - backlog.oldest)}"


def _next(account: AccountCondition, now: float) -> Iterator[str]:
    if account.next_run is not None:
        yield f"next {ahead(account.next_run, now)}"


def _below(condition: Condition, now: float, width: int) -> Iterator[str]:
    rules = condition.rules
    if condition.quarantined:
        yield f"quarantine: {counted(condition.quarantined)}; see `fetchrun quarantine list`"
    if rules and rules.digest:
        yield from _wrapped(
            f"rules: {near(Path(rules.file))}, in force since {clock(rules.since)} ({rules.digest[:12]})", "", width
        )
    running = f"process {condition.running}" if condition.running else "nothing runs now; start it: `fetchrun run`"
    yield f"runner: {running}"


def _wrapped(text: str, indent: str, width: int, **style: bool) -> Iterator[str]:
    lines = textwrap.wrap(text, max(30, width - len(indent)), break_on_hyphens=False, break_long_words=False)
    for line in lines:
        yield indent + click.style(line, **style)
