"""An Office: what every session of a run shares."""

from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from fetchrun.delivery.dispatch import Dispatch
from fetchrun.memory.clock import Moment
from fetchrun.memory.ledger import Ledger
from fetchrun.progress import Progress
from sortlang.frozen import frozen
from sortlang.program import Program


@frozen
class Office:
    """The rules in force, the memory, the state folder, the clock (Unix seconds), who listens, who takes mail over.

    `ending`: whether sessions are to end soon: what is under way is delivered, nothing more is asked for. `moment`: how
    the clock is held against the time since the boot; None: it is believed. `all_at_once`: however much is no longer to
    be kept, one session removes it.
    """

    program: Program
    ledger: Ledger
    state: Path
    clock: Callable[[], float]
    progress: Progress
    dispatch: Dispatch = field(default_factory=Dispatch)
    ending: Callable[[], bool] = lambda: False
    moment: Callable[[float], Moment] | None = None
    all_at_once: bool = False
