"""The logbook: what became of messages, read back from the ledger."""

import json

from fetchrun.memory.database import Row
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.records import Fact

_FACTS = """
SELECT
    copies.key, since, accounts.name, accounts.id, uid, generation, recipients, addresses, source, rule, target,
    copies.name, fate, note, copies.digest
FROM copies JOIN messages ON messages.key = message JOIN accounts ON accounts.key = account
WHERE copies.state = 'done'"""
_FILTERED = """
AND (?1 IS NULL OR accounts.name = ?1)
AND (?2 IS NULL OR instr(lower(recipients), lower(?2)) OR instr(lower(addresses), lower(?2)))
AND (?3 IS NULL OR since >= ?3) ORDER BY since DESC, copies.key DESC LIMIT ?4"""
_LYING = " AND fate = ? AND copies.name != '' ORDER BY since DESC, copies.key DESC"
_ONE = " AND copies.key = ?"


def log(
    ledger: Ledger, account: str | None = None, address: str | None = None, since: float | None = None, limit: int = 50
) -> tuple[Fact, ...]:
    """The newest facts first: of one account (by its name), for or to one address, from `since` (Unix seconds) on."""
    quoted = None if address is None else json.dumps(address)
    return tuple(_fact(row) for row in ledger.database.read(_FACTS + _FILTERED, (account, quoted, since, limit)))


def trashed(ledger: Ledger) -> tuple[Fact, ...]:
    """What lies in the trash, the newest first."""
    return _lying(ledger, "discarded")


def quarantined(ledger: Ledger) -> tuple[Fact, ...]:
    """What lies in quarantine, the newest first."""
    return _lying(ledger, "quarantined")


def fact(ledger: Ledger, key: int) -> Fact | None:
    """One copy by its number."""
    return next((_fact(row) for row in ledger.database.read(_FACTS + _ONE, (key,))), None)


def _lying(ledger: Ledger, fate: str) -> tuple[Fact, ...]:
    return tuple(_fact(row) for row in ledger.database.read(_FACTS + _LYING, (fate,)))


def _fact(row: Row) -> Fact:
    key, when, account, identity, uid, generation, recipients, addresses, source, rule, target, *rest = row
    people = (tuple(json.loads(recipients)), tuple(json.loads(addresses)))
    return Fact(key, when, account, identity, uid, generation, *people, source, rule, target, *rest)
