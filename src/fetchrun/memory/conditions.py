"""The conditions of accounts and rules, as the ledger keeps them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from fetchrun.condition import AccountCondition, Backlog, Complaint, RulesCondition
from fetchrun.memory.ledger import Ledger

_RULES, _ALARMS = "rules", "alarms"


def account_condition(ledger: Ledger, account_id: str) -> AccountCondition | None:
    """How that maildrop is; None: no session has ended yet. Raises Trouble."""
    values = _read(ledger, f"account {account_id}")
    return None if values is None else _account(values)


def account_conditions(ledger: Ledger) -> tuple[AccountCondition, ...]:
    """How all maildrops are that were ever asked, by name. Raises Trouble."""
    rows = ledger.database.read("SELECT value FROM conditions WHERE scope LIKE 'account %'")
    return tuple(sorted((_account(json.loads(value)) for (value,) in rows), key=lambda each: each.name))


def note_account(ledger: Ledger, account_id: str, condition: AccountCondition) -> None:
    """Remembers how that maildrop is, durably. Raises Trouble."""
    _write(ledger, f"account {account_id}", asdict(condition))


def note_next(ledger: Ledger, account_id: str, moment: float | None) -> None:
    """When that maildrop is asked next, Unix seconds; None: not before somebody changes something. Raises Trouble."""
    before = account_condition(ledger, account_id)
    if before is not None and before.next_run != moment:
        note_account(ledger, account_id, replace(before, next_run=moment))


def rules_condition(ledger: Ledger) -> RulesCondition | None:
    """Which rules were in force last; None: none yet. Raises Trouble."""
    values = _read(ledger, _RULES)
    return None if values is None else RulesCondition(**(values | {"complaint": _complaint(values["complaint"])}))


def note_rules(ledger: Ledger, condition: RulesCondition) -> None:
    """Remembers which rules are in force, durably, if that is news. Raises Trouble."""
    if condition != rules_condition(ledger):
        _write(ledger, _RULES, asdict(condition))


def alarms(ledger: Ledger) -> dict[str, Complaint]:
    """The complaints that somebody was called for, and whose they are. Raises Trouble."""
    return {whose: Complaint(**values) for whose, values in (_read(ledger, _ALARMS) or {}).items()}


def note_alarms(ledger: Ledger, told: Mapping[str, Complaint]) -> None:
    """Remembers them. Raises Trouble."""
    _write(ledger, _ALARMS, {whose: asdict(complaint) for whose, complaint in told.items()})


def _account(values: Mapping[str, Any]) -> AccountCondition:
    parts = {"backlog": Backlog(**values["backlog"]), "complaint": _complaint(values["complaint"])}
    return AccountCondition(**{**values, **parts, "notices": tuple(values.get("notices", ()))})


def _complaint(values: Mapping[str, Any] | None) -> Complaint | None:
    return None if values is None else Complaint(**values)


def _read(ledger: Ledger, scope: str) -> dict[str, Any] | None:
    rows = ledger.database.read("SELECT value FROM conditions WHERE scope = ?", (scope,))
    return json.loads(rows[0][0]) if rows else None


def _write(ledger: Ledger, scope: str, values: Mapping[str, Any]) -> None:
    with ledger.database.writing() as write:
        write.execute("INSERT OR REPLACE INTO conditions VALUES (?, ?)", (scope, json.dumps(values)))
