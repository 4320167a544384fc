"""never-catches-up: the limit of an account lets too few messages through."""

from collections.abc import Iterable

from sortlang.diagnostic import Diagnostic, warning
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.rules import DAY, Account, Hours

_MINUTES = 24 * 60
FEWEST = 24
"""Messages a day; of what gets fewer, even a quiet mailbox falls behind for good when there is a backlog."""

HINT = "raise `limit`, or let `every` be shorter"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at each `limit` that, with `every`, allows less than a message an hour."""
    for account in program.accounts:
        if account.limit_messages is not None and not account.disabled:
            daily = account.limit_messages * _sessions(account)
            if daily < FEWEST:
                yield warning("never-catches-up", _message(account, daily), account.place("limit"), HINT)


def _sessions(account: Account) -> float:
    """How often a day the account is asked; within its hours at least once, if `every` is no longer than a day."""
    hours = account.hours or Hours()
    length = ((hours.end - hours.start) % _MINUTES or _MINUTES) * 60
    return max(length / account.every, min(1, DAY / account.every)) * len(hours.days) / 7


def _message(account: Account, daily: float) -> str:
    most = f"{daily:.0f} a day" if daily >= 1 else f"{daily * 7:.1f} a week"
    kept = ", and what `keep` should have removed stays behind them" if account.keep else ""
    return f'account "{account.name}" fetches at most {most}; a mailbox that gets more never catches up{kept}'


LINT = Lint("never-catches-up", "the limit of an account lets too few messages through", find)
