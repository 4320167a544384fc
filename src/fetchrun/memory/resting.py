"""Resting: messages to be left alone while their uid and size stay."""

from collections.abc import Iterator

from fetchrun.memory.ledger import Ledger

Resting = tuple[bytes, int, str, float]
"""Uid, size in bytes, `adopted`, `kept` or `young`, and until when it rests, Unix seconds."""

_PRESENT = "SELECT count(*) FROM messages JOIN accounts ON accounts.key = account WHERE id = ? AND gone IS NULL"
_RESTING = """
SELECT uid, size, CASE WHEN state = 'adopted' THEN 'adopted' WHEN kept THEN 'kept' ELSE 'young' END,
CASE WHEN state = 'adopted' OR kept THEN 9e999 ELSE first_seen + :keep END FROM messages
WHERE account = (SELECT key FROM accounts WHERE id = :id) AND gone IS NULL AND asked IS NULL AND generation = 1
AND (state = 'adopted' OR (state = 'done' AND (kept OR :now - first_seen < :keep)))
AND uid NOT IN (
    SELECT uid FROM messages WHERE account = (SELECT key FROM accounts WHERE id = :id) AND generation > 1)"""


def resting(ledger: Ledger, account_id: str, now: float, keep: float) -> Iterator[Resting]:
    """Each that the last listing had, to be taken to the end at once; delivered mail is young for `keep` seconds.

    Raises Trouble.
    """
    return ledger.database.each(_RESTING, {"id": account_id, "now": now, "keep": keep})


def present(ledger: Ledger, account_id: str) -> int:
    """How many messages the last listing had. Raises Trouble."""
    return int(ledger.database.read(_PRESENT, (account_id,))[0][0])
