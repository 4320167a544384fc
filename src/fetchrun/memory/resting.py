"""Resting: messages to be left alone while their uid and size stay."""

from collections.abc import Iterator

from fetchrun.memory.ledger import Ledger

Resting = tuple[bytes, int, int, float]
"""Uid, size in bytes, why it rests, and until when, Unix seconds."""

WAS_THERE, IS_KEPT, IS_YOUNG = range(3)
"""Why: it was there before us, a rule says keep, or it was delivered a short time ago."""

_PRESENT = "SELECT count(*) FROM messages JOIN accounts ON accounts.key = account WHERE id = ? AND gone IS NULL"
_RESTING = """
SELECT uid, size, CASE WHEN state = 'adopted' THEN :there WHEN kept THEN :kept ELSE :young END,
CASE WHEN state = 'adopted' OR kept THEN 9e999 ELSE first_seen + :keep END FROM messages
WHERE account = (SELECT key FROM accounts WHERE id = :id) AND gone IS NULL AND asked IS NULL AND generation = 1
AND (state = 'adopted' OR (state = 'done' AND (kept OR :now - first_seen < :keep)))
AND uid NOT IN (
    SELECT uid FROM messages INDEXED BY messages_again
    WHERE account = (SELECT key FROM accounts WHERE id = :id) AND generation > 1)"""


def resting(ledger: Ledger, account_id: str, now: float, keep: float) -> Iterator[Resting]:
    """Each that the last listing had, to be taken to the end at once; delivered mail is young for `keep` seconds.

    Raises Trouble.
    """
    values = {"id": account_id, "now": now, "keep": keep}
    return ledger.database.each(_RESTING, values | {"there": WAS_THERE, "kept": IS_KEPT, "young": IS_YOUNG})


def present(ledger: Ledger, account_id: str) -> int:
    """How many messages the last listing had. Raises Trouble."""
    return int(ledger.database.read(_PRESENT, (account_id,))[0][0])
