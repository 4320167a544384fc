"""Survey: everything a person should know, gathered in one Condition."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from fetchrun.condition import AccountCondition, Complaint, Condition, RulesCondition, lasting
from fetchrun.delivery.letter import account_id
from fetchrun.memory import logbook
from fetchrun.memory.conditions import account_condition, account_conditions, rules_condition
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.outside import holder, room
from fetchrun.memory.state import consulted
from fetchrun.trouble import Trouble
from fetchrun.trust import trusted
from sortlang.diagnostic import Diagnostic
from sortlang.files import load
from sortlang.rules import Account


def looked(file: Path, state: Path, now: float) -> Condition:
    """As `surveyed`, of a state folder nobody has opened. A ledger that cannot be read is itself what is wrong."""
    try:
        with closing(consulted(state)) as ledger:
            return surveyed(file, ledger, state, now)
    except Trouble as trouble:
        return _without_ledger(trouble, state, now)


def remembered(accounts: Sequence[Account], state: Path, now: float) -> Condition:
    """As `looked`, for these accounts and the rules as they were noted, without reading the file."""
    try:
        with closing(consulted(state)) as ledger:
            known = [_of(each, ledger) for each in accounts]
            return gathered(known, rules_condition(ledger), ledger, state, now)
    except Trouble as trouble:
        return _without_ledger(trouble, state, now)


def surveyed(file: Path, ledger: Ledger, state: Path, now: float) -> Condition:
    """How all is, by the rules file as it is now and by what is remembered. Raises Trouble."""
    program, diagnostics = load(file, trusted)
    if program is not None:
        accounts = tuple(_of(each, ledger) for each in program.accounts)
    else:
        accounts = account_conditions(ledger)
    rules = _rules(file, program.digest if program else "", diagnostics, ledger, now)
    return gathered(accounts, rules, ledger, state, now)


def gathered(
    accounts: Sequence[AccountCondition], rules: RulesCondition | None, ledger: Ledger, state: Path, now: float
) -> Condition:
    """These accounts and rules, with the disk, the quarantine and the runner. Raises Trouble."""
    quarantined = len(logbook.quarantined(ledger))
    return Condition(tuple(accounts), rules, room(state, now), quarantined, holder(state))


def _without_ledger(trouble: Trouble, state: Path, now: float) -> Condition:
    hint = trouble.hint or "look at the folder's permissions and at the disk"
    return Condition(disk=Complaint("disk", trouble.sentence, hint, "", now), running=holder(state))


def _of(account: Account, ledger: Ledger) -> AccountCondition:
    """What is remembered of the maildrop, under the name that the file has for it now."""
    known = account_condition(ledger, account_id(account.server, account.user))
    known = known or AccountCondition(account.name, account.server)
    if account.disabled:
        known = replace(known, next_run=None, complaint=None)
    return replace(known, name=account.name, disabled=account.disabled)


def _rules(
    file: Path, digest: str, diagnostics: Sequence[Diagnostic], ledger: Ledger, now: float
) -> RulesCondition | None:
    known = rules_condition(ledger)
    first = next((each for each in diagnostics if each.is_error), None)
    if first is None:
        return replace(known, complaint=None) if known else None
    known = known or RulesCondition(str(file), digest, now)
    return replace(known, complaint=lasting(known.complaint, _broken(first, known.digest, now)))


def _broken(first: Diagnostic, digest: str, now: float) -> Complaint:
    """The first error of the file. Whoever runs keeps to the last rules without one."""
    meanwhile = "a running fetchrun keeps to the rules from before" if digest else "nothing is fetched meanwhile"
    hint = f"{first.hint or 'mend it'}; `sortlang check` shows all of it; {meanwhile}"
    return Complaint("rules", first.message, hint, first.span.place, now)
