"""Conclude: what a session says about how its account is."""

from collections.abc import Sequence
from dataclasses import replace

from fetchrun.condition import AccountCondition, Backlog, Complaint, after, rules_after
from fetchrun.delivery.letter import account_id
from fetchrun.listing import Entry
from fetchrun.memory.calm import Calm, note_calm
from fetchrun.memory.conditions import account_condition, note_account, note_rules, rules_condition
from fetchrun.memory.epoch import advance
from fetchrun.memory.stuck import stuck
from fetchrun.office import Office
from fetchrun.plan import POISONED
from fetchrun.printable import printable
from fetchrun.retention import OVERDUE
from fetchrun.server.refusal import CODES
from fetchrun.summary import Summary
from fetchrun.trouble import Trouble
from sortlang.frozen import frozen
from sortlang.rules import Account


@frozen
class Parting:
    """What the server's yes to QUIT has taught: what it has promised to remove, each with its generation, and whether
    nothing was to be done.
    """

    asked: Sequence[tuple[Entry, int]] = ()
    calm: Calm | None = None


NOTHING = Parting()


def concluded(summary: Summary, office: Office, parting: Parting = NOTHING) -> Summary:
    """Writes down how the account is now; gives how it went, with a ledger that cannot be written.

    That is no second trouble.
    """
    try:
        _noted(summary, office, parting)
        if summary.settled or summary.removed:
            advance(office.ledger.database, office.clock())
    except Trouble as trouble:
        return summary if summary.trouble else replace(summary, trouble=trouble)
    return summary


def in_force(office: Office) -> None:
    """Writes down which rules are in force, for a run that begins with a file that has no errors."""
    rules = office.program.rules
    before = rules_condition(office.ledger)
    note_rules(office.ledger, rules_after(before, office.clock(), rules.span.source.name, office.program.digest))


def complaint(summary: Summary, office: Office, box: str) -> Complaint | None:
    """What is wrong with the account after that session; None: nothing. Raises Trouble."""
    if summary.trouble:
        return troubled(summary.trouble, summary.account, office.clock())
    waiting = _waiting(summary, office.clock())
    return waiting or _poisoned(summary.account, office, box)


def troubled(trouble: Trouble, account: Account, now: float) -> Complaint:
    """A Trouble as people read it, never without advice; its place is a line of the rules file."""
    place = account.place(*trouble.settings).place
    hint = trouble.hint or _advice(trouble, account)
    if trouble.hint and trouble.step == "login":
        hint = f"{_advice(trouble, account)}; {trouble.hint}"
    return Complaint(trouble.step, trouble.sentence, hint, place, now, lasting=not trouble.temporary)


def _noted(summary: Summary, office: Office, parting: Parting) -> None:
    """In one transaction. Raises Trouble."""
    account, ledger, now = summary.account, office.ledger, office.clock()
    box = account_id(account.server, account.user)
    before = account_condition(ledger, box) or AccountCondition(account.name, account.server)
    before = replace(before, name=account.name, server=account.server)
    went = after(before, now, str(summary), complaint(summary, office, box))
    backlog = _backlog(before.backlog, summary.backlog)
    with ledger.database.writing():
        if parting.asked:
            ledger.asked(parting.asked, box, now)
        if parting.calm:
            note_calm(ledger, box, parting.calm)
        note_account(ledger, box, replace(went, backlog=backlog, notices=_notices(summary)))


def _waiting(summary: Summary, now: float) -> Complaint | None:
    """Mail that was fetched and could not be delivered."""
    reasons = summary.counts.reasons
    if not reasons:
        return None
    count, (reason, _) = reasons.total(), reasons.most_common(1)[0]
    sentence = f"{_messages(count)} cannot be delivered now: {reason}"
    hint = "mend that; the mail stays on the server and is tried again by itself"
    if "space" in reason or "quota" in reason:
        hint = "free some space there; the mail stays on the server and is tried again by itself"
    return Complaint("delivery", sentence, hint, summary.account.span.place, now, lasting=False)


def _poisoned(account: Account, office: Office, box: str) -> Complaint | None:
    """Messages that fail again and again while all others come."""
    found = stuck(office.ledger, box, POISONED)
    if not found:
        return None
    worst = found[0]
    why = "the server does not give it" if worst.state == "refused" else printable(worst.why)
    more = f", and {_messages(len(found) - 1)} more" if len(found) > 1 else ""
    sentence = f"the message with uid {printable(worst.uid)} failed {worst.failures} times: {why}{more}"
    hint = (
        "look at it with the provider's webmail, and move or delete it there, or try it again: `fetchrun retry`; "
        "all other mail comes as usual"
    )
    return Complaint("message", sentence, hint, account.span.place, office.clock())


def _notices(summary: Summary) -> tuple[str, ...]:
    """What the server said of itself, and what it was spared."""
    held = {why: count for why, count in summary.left.items() if why.startswith(OVERDUE)}
    return (*summary.notices, *(f"{_messages(count)} left there: {why}" for why, count in held.items()))


def _backlog(before: Backlog, now: Backlog | None) -> Backlog:
    """The oldest message is as old as it was when we first saw it waiting, even if nothing else remembers it."""
    if now is None:
        return before
    if before.oldest is None or now.oldest is None or now.mark != before.mark:
        return now
    return replace(now, oldest=min(before.oldest, now.oldest))


def _advice(trouble: Trouble, account: Account) -> str:
    for code, words in _PASSING.items():
        if trouble.sentence.startswith(CODES[code][0]):
            return words
    if account.oauth and trouble.step in ("password", "login"):
        return f"the token is used up or was withdrawn; get a new one: fetchrun login {account.name} FILE"
    return _STEPS.get(trouble.step, "`fetchrun once` tries it again and shows each step")


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"


_PASSING = {
    "IN-USE": "another program reads this mailbox: end it there if this goes on; it is tried again by itself",
    "LOGIN-DELAY": "ask less often, with `every`; it is tried again by itself",
    "SYS/TEMP": "nothing to do now; it is tried again by itself",
}
_STEPS = {
    "password": "see that it is there, and that the user whom fetchrun runs as may read it",
    "login": "log in to the provider's webmail with the same user and password, then correct them here; some providers "
    "want an app password",
    "connect": "check the name and port in this line and the network; if both are right, it is tried again by itself",
    "tls": "`fetchrun probe` shows at which step and what the server has instead; do not switch TLS off",
    "protocol": "tried again by itself; if it goes on, ask the provider",
    "disk": "free some space and look at its permissions; the mail stays on the server meanwhile",
}
