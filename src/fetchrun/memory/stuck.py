"""Stuck messages: those that fail again and again."""

from fetchrun.memory.ledger import Ledger
from sortlang.frozen import frozen


@frozen
class Stuck:
    """One message on the server that does not come. `state`: `refused` by the server, or `deferred`, for `why`.

    `first_seen` in Unix seconds.
    """

    uid: bytes
    size: int
    state: str
    failures: int
    why: str
    first_seen: float


def stuck(ledger: Ledger, account_id: str, failures: int) -> tuple[Stuck, ...]:
    """The messages of a maildrop that failed so often in a row or more, the most stubborn first. Raises Trouble."""
    return tuple(Stuck(*row) for row in ledger.database.read(_STUCK, (account_id, failures)))


_STUCK = """
SELECT uid, size, state, failures, owed, first_seen FROM messages JOIN accounts ON accounts.key = account
WHERE accounts.id = ? AND gone IS NULL AND state IN ('refused', 'deferred') AND failures >= ?
ORDER BY failures DESC, first_seen LIMIT 100"""
