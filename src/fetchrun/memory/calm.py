"""Calm: a maildrop in which nothing was to be done, and its size then."""

from fetchrun.memory.ledger import DAY, Ledger
from sortlang.frozen import frozen

LISTED_EVERY = DAY
"""So long at most the size alone is believed: a message may go while another of its size comes."""

_CALM = "SELECT messages, octets, digest, since, until FROM calm WHERE account = ?"
_OWED = """
SELECT 1 FROM messages JOIN accounts ON accounts.key = account WHERE accounts.id = ? AND gone IS NULL
AND (state = 'staged' OR (state = 'deferred' AND retry_at <= ?)) LIMIT 1"""


@frozen
class Calm:
    """At `since` a full listing left all as it was; `messages` and `octets` as STAT said, `digest` of the program.

    `until`: when the first of the messages is due, for removal or another try. Times in Unix seconds.
    """

    messages: int
    octets: int
    digest: str
    since: float
    until: float

    def holds(self, size: tuple[int, int], digest: str, now: float) -> bool:
        """Whether a listing would teach nothing, as far as the size tells. A clock that was set back ends it."""
        same = (self.messages, self.octets, self.digest) == (*size, digest)
        return same and self.since <= now < min(self.until, self.since + LISTED_EVERY)


def calm(ledger: Ledger, account_id: str, size: tuple[int, int], digest: str, now: float) -> bool:
    """Whether nothing is to be done in that maildrop. What does not hold is forgotten. Raises Trouble."""
    rows = ledger.database.read(_CALM, (account_id,))
    if not rows:
        return False
    if Calm(*rows[0]).holds(size, digest, now) and not ledger.database.read(_OWED, (account_id, now)):
        return True
    with ledger.database.writing() as write:
        write.execute("DELETE FROM calm WHERE account = ?", (account_id,))
    return False


def note_calm(ledger: Ledger, account_id: str, found: Calm) -> None:
    """Remembers it. Raises Trouble."""
    with ledger.database.writing() as write:
        values = (account_id, found.messages, found.octets, found.digest, found.since, found.until)
        write.execute("INSERT OR REPLACE INTO calm VALUES (?, ?, ?, ?, ?, ?)", values)
