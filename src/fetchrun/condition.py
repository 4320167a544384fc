"""A Condition: how the accounts and the rules are, for people and alarms."""

from dataclasses import replace

from sortlang.frozen import frozen

PATIENT = 3
"""So many sessions in a row may fail of something that passes by itself, before anybody is called."""


@frozen
class Complaint:
    """What is wrong, in plain words. `step` as of a Trouble, or `delivery`, `message`, `rules`.

    `place` is the `FILE:LINE` to look at, or empty; `hint` says what to do; `since` in Unix seconds; `lasting`: it will
    not pass by itself.
    """

    step: str
    sentence: str
    hint: str
    place: str
    since: float
    lasting: bool = True


@frozen
class Backlog:
    """What lies on the server and is ours to get. `oldest`: since when we know of the oldest, Unix seconds.

    `mark`: the uid of that one, in hex, by which it is known again at the next session.
    """

    messages: int = 0
    octets: int = 0
    oldest: float | None = None
    mark: str = ""


@frozen
class AccountCondition:
    """How one account is. Times in Unix seconds, None: never, or not known.

    `said`: how the last session went, in one line. `failures`: sessions in a row that failed. `notices`: what to know
    of it, although nothing is wrong.
    """

    name: str
    server: str
    last_run: float | None = None
    last_success: float | None = None
    next_run: float | None = None
    failures: int = 0
    said: str = ""
    backlog: Backlog = Backlog()
    complaint: Complaint | None = None
    disabled: bool = False
    notices: tuple[str, ...] = ()

    @property
    def alarming(self) -> bool:
        """Whether somebody should be called: at once for what lasts, for the rest when it has gone on for a while."""
        return self.complaint is not None and (self.complaint.lasting or self.failures >= PATIENT)


@frozen
class RulesCondition:
    """Which rules are in force. `complaint`: the file has been broken since then, and the last good rules hold."""

    file: str
    digest: str
    since: float
    complaint: Complaint | None = None


@frozen
class Condition:
    """Everything together: `accounts` in the order of the file, `disk` what is wrong with the state folder.

    `quarantined`: how many copies lie in quarantine; `running`: the process that holds the state folder, or None.
    """

    accounts: tuple[AccountCondition, ...] = ()
    rules: RulesCondition | None = None
    disk: Complaint | None = None
    quarantined: int = 0
    running: int | None = None

    @property
    def complaints(self) -> tuple[tuple[str, Complaint], ...]:
        """(whose, what): the disk and the rules first, for they concern all."""
        common = (("state folder", self.disk), ("rules", self.rules.complaint if self.rules else None))
        pairs = (*common, *((f'account "{each.name}"', each.complaint) for each in self.accounts))
        return tuple((whose, what) for whose, what in pairs if what)


def after(before: AccountCondition, now: float, said: str, complaint: Complaint | None) -> AccountCondition:
    """The condition with one session more; a complaint that only goes on keeps the time it began."""
    went = replace(before, last_run=now, said=said)
    if complaint is None:
        return replace(went, last_success=now, failures=0, complaint=None)
    return replace(went, failures=before.failures + 1, complaint=lasting(before.complaint, complaint))


def lasting(before: Complaint | None, now: Complaint) -> Complaint:
    """The complaint of now, since that before, if it is about the same."""
    same = before is not None and before.step == now.step
    return replace(now, since=before.since) if before is not None and same else now


def rules_after(
    before: RulesCondition | None, now: float, file: str, digest: str, broken: Complaint | None = None
) -> RulesCondition:
    """The rules in force now: since when they are, and since when the file is broken."""
    since = before.since if before is not None and before.digest == digest else now
    complaint = lasting(before.complaint if before else None, broken) if broken else None
    return RulesCondition(file, digest, since, complaint)
