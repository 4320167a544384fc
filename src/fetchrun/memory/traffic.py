"""Traffic: how many copies went where."""

import json
from collections import Counter

from fetchrun.memory.ledger import Ledger
from sortlang.frozen import frozen


@frozen
class Traffic:
    """Copies by where they went (addresses, or the fate of what was not delivered), and by account and fate."""

    places: Counter[str]
    fates: Counter[tuple[str, str]]


def traffic(ledger: Ledger, since: float) -> Traffic:
    """What went where from `since` on, Unix seconds; what was a duplicate counts nowhere. Raises Trouble."""
    places: Counter[str] = Counter()
    fates: Counter[tuple[str, str]] = Counter()
    for account, fate, addresses, count in ledger.database.read(_COUNTED, (since,)):
        place = ", ".join(json.loads(addresses)) if fate == "delivered" else fate
        places[place or fate] += count
        fates[account, fate] += count
    return Traffic(places, fates)


_COUNTED = """
SELECT accounts.name, fate, addresses, count(*)
FROM copies JOIN messages ON messages.key = message JOIN accounts ON accounts.key = account
WHERE since >= ? AND copies.state = 'done' AND note != 'duplicate' GROUP BY accounts.name, fate, addresses"""
