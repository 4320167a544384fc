"""The clock: whether two sessions in a row agree on how late it is."""

import time
from dataclasses import astuple
from pathlib import Path

from fetchrun.memory.ledger import DAY, Ledger
from sortlang.frozen import frozen

LEAP = 3600.0
"""Seconds by which the clock may be set between two sessions without anybody minding."""

ABSENCE = 31 * DAY
"""So long a machine may have been off; a clock that says more is not believed at once."""

_TABLE = """
CREATE TABLE IF NOT EXISTS clock (
    account TEXT PRIMARY KEY, boot TEXT NOT NULL, uptime REAL NOT NULL, wall REAL NOT NULL
) STRICT, WITHOUT ROWID"""
_THERE = "SELECT 1 FROM sqlite_master WHERE name = 'clock'"


@frozen
class Moment:
    """What the clock on the wall said, Unix seconds, when `boot` was so many seconds ago, sleep included."""

    boot: str
    uptime: float
    wall: float

    def follows(self, before: "Moment") -> bool:
        """Whether the wall has as much time between the two as went by. Across a boot: neither less than none, nor
        more than a machine may have been off.
        """
        passed = self.wall - before.wall
        if self.boot == before.boot:
            return abs(passed - (self.uptime - before.uptime)) <= LEAP
        return -LEAP <= passed <= ABSENCE


def moment(wall: float) -> Moment:
    """Now, by this machine."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = ""  # a container may hide it: then it is as if there were no other boot
    return Moment(boot, time.clock_gettime(time.CLOCK_BOOTTIME), wall)


def agrees(ledger: Ledger, account_id: str, now: Moment) -> bool:
    """Whether the clock went on as it should since the last session of that maildrop. Raises Trouble."""
    if not ledger.database.read(_THERE):
        return True
    rows = ledger.database.read("SELECT boot, uptime, wall FROM clock WHERE account = ?", (account_id,))
    return not rows or now.follows(Moment(*rows[0]))


def note(ledger: Ledger, account_id: str, now: Moment) -> None:
    """Remembers it for the next session. Raises Trouble."""
    with ledger.database.writing() as write:
        write.execute(_TABLE)
        write.execute("INSERT OR REPLACE INTO clock VALUES (?, ?, ?, ?)", (account_id, *astuple(now)))
