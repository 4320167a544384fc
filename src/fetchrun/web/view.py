"""A View: what page and metrics are made from."""

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from fetchrun.condition import Condition
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.traffic import Traffic, traffic
from fetchrun.survey import LEDGER, looked
from fetchrun.trouble import Trouble

WEEK = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class View:
    """How all is at `now`, Unix seconds, and what went where in the seven days before."""

    condition: Condition
    week: Traffic
    now: float


def view(file: Path, state: Path, now: float) -> View:
    """Reads the rules file and the ledger. May block; never raises Trouble: that is part of the condition."""
    condition = looked(file, state, now)
    try:
        with closing(Ledger(state if (state / LEDGER).exists() else None)) as ledger:
            return View(condition, traffic(ledger, now - WEEK), now)
    except Trouble:
        return View(condition, Traffic(Counter(), Counter()), now)
