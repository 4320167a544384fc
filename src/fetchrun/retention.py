"""Retention: how much one session removes because `keep` is over."""

from collections.abc import Iterable, Iterator, Sequence

from fetchrun.plan import PROMISED, Decision, Leave, Remove
from fetchrun.pop3.capabilities import Capabilities
from sortlang.rules import DAY, Account

MOST, SHARE = 100, 5
"""Of a maildrop at most so many messages, or its fifth part if that is more: a mistake with `keep` is seen in time."""

OVERDUE = "delivered and no longer to be kept"
DOUBTED = f"{OVERDUE}; not removed, for the clock was set by more than an hour since last time"


def restrained(
    decisions: Sequence[Decision], account: Account, *, steady: bool, all_at_once: bool, others: int = 0
) -> Iterator[Decision]:
    """The decisions with no more removals than one session may make for the age of messages.

    `others` lie there besides; `steady`: the clock can be believed; `all_at_once`: somebody wants all removed that is
    due. What is removed as soon as it is delivered is not meant: its age says nothing.
    """
    most = 0 if not steady else len(decisions) if all_at_once else max(MOST, (len(decisions) + others) // SHARE)
    removed = 0
    for each in decisions:
        removed += isinstance(each, Remove)
        if account.keep and isinstance(each, Remove) and removed > most:
            yield Leave(each.entry, _over(most) if steady else DOUBTED)
        else:
            yield each


def warned(account: Account, capabilities: Capabilities) -> tuple[str, ...]:
    """What an admin who says `keep` should know of a server that removes mail by itself (RFC 2449 §6.7)."""
    days = capabilities.expires
    if days is None or account.keep <= days * DAY:
        return ()
    when = f"after {days} days" if days > 1 else "after a day" if days else "as soon as it is fetched"
    return (f"the server removes mail {when}, whatever `keep` says (EXPIRE {days})",)


def unremoved(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """What to know of a server that says it has removed mail and has not."""
    count = sum(isinstance(each, Remove) and each.why == PROMISED for each in decisions)
    return (f"{count} still there that the server promised to remove",) if count else ()


def _over(most: int) -> str:
    return f"{OVERDUE}; one session removes {most} at most, `once --remove-all` removes all"
