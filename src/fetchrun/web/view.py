"""A View: what page and metrics are made from."""

from collections import Counter
from contextlib import closing
from pathlib import Path

from fetchrun.condition import Condition
from fetchrun.memory.state import consulted
from fetchrun.memory.traffic import Traffic, traffic
from fetchrun.trouble import Trouble
from sortlang.frozen import frozen

WEEK = 7 * 86_400.0


@frozen
class View:
    """How all is at `now`, Unix seconds, and what went where in the seven days before."""

    condition: Condition
    week: Traffic
    now: float


def view(condition: Condition, state: Path, now: float) -> View:
    """The condition, and what the ledger knows of the week. May block; a ledger that fails has nothing to tell."""
    try:
        with closing(consulted(state)) as ledger:
            return View(condition, traffic(ledger, now - WEEK), now)
    except Trouble:
        return View(condition, Traffic(Counter(), Counter()), now)
