"""Recover: what a crash left half done is ended, once."""

from fetchrun.delivery import durable
from fetchrun.delivery.dispatch import Dispatch
from fetchrun.delivery.publish import publish
from fetchrun.delivery.targets import maildir
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.records import Staged
from sortlang.frozen import frozen

HOUR = 3600.0
CLEANERS = 24 * HOUR
"""Cleaners of `tmp/` remove what is older than 36 hours; before that only our own rename can have taken a file away."""
ORPHANED = 36 * HOUR


@frozen
class Recovered:
    """How many copies were `finished`, why others are `waiting`, which are `doubtful` and owed again, files `swept`."""

    finished: int
    waiting: tuple[str, ...]
    doubtful: tuple[Staged, ...]
    swept: int


def recover(ledger: Ledger, now: float) -> Recovered:
    """Ends every promise, then sweeps what nobody promised. Nothing may be retrieved before. Raises Trouble."""
    staged = ledger.staged()
    published = publish(staged, ledger, now, arrived=lambda each: _arrived(each, now))
    waiting = tuple(dict.fromkeys(published.waiting.values()))
    return Recovered(len(published.names), waiting, published.doubtful, _swept(ledger, now))


def resume(ledger: Ledger, dispatch: Dispatch, now: float) -> None:
    """Tries once more to publish what sessions of this process have promised and left behind. Raises Trouble."""
    staged = dispatch.late(now)
    late = staged
    try:
        published = publish(staged, ledger, now, arrived=lambda each: _arrived(each, now))
        late = tuple(each for each in staged if each.key in published.waiting)
        for each in late:
            dispatch.refused(str(each.maildir), published.waiting[each.key], now)
    finally:
        dispatch.put_by(late)


def _swept(ledger: Ledger, now: float) -> int:
    """Unlinks files of ours in `tmp/` that are older than 36 hours and that nobody promised."""
    promised = {(each.maildir, each.name) for each in ledger.staged()}
    swept = 0
    for place in ledger.maildirs():
        try:
            for each in list(maildir.leftovers(place, now - ORPHANED)):
                if (place, each.name) not in promised:
                    durable.remove(each)
                    swept += 1
        except OSError:
            continue  # a Maildir that is not there has no orphans
    return swept


def _arrived(staged: Staged, now: float) -> bool:
    """Whether a file that is not in `tmp/` was renamed by us. After a day that is believed only if it is found."""
    if now - staged.since < CLEANERS:
        return True
    try:
        return maildir.find(staged.maildir, staged.name) is not None
    except OSError:
        return False
