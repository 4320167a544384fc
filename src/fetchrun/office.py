"""An Office: what every session of a run shares."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fetchrun.memory.ledger import Ledger
from fetchrun.progress import Progress
from sortlang.program import Program


@dataclass(frozen=True, slots=True)
class Office:
    """The rules in force, the memory, the state folder, the clock (Unix seconds) and who listens."""

    program: Program
    ledger: Ledger
    state: Path
    clock: Callable[[], float]
    progress: Progress
