"""Alarm: runs the command of whoever wants to be called."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from fetchrun.alert import Alert, alerts
from fetchrun.condition import Complaint, Condition
from fetchrun.memory.conditions import alarms, note_alarms
from fetchrun.memory.ledger import Ledger
from fetchrun.printable import printable
from fetchrun.trouble import Trouble

Told = Mapping[str, Complaint]

EVERY = 5.0
SECONDS = 60.0
"""So long the command has."""


async def alarmed(argv: Sequence[str], look: Callable[[], Condition], state: Path, tell: Callable[[str], None]) -> None:
    """Looks again and again, until cancelled; `look` is called in a thread. What goes wrong is told."""
    told = await asyncio.to_thread(_told, state)
    while True:
        told = await alarm(argv, await asyncio.to_thread(look), told, state, tell)
        await asyncio.sleep(EVERY)


async def alarm(
    argv: Sequence[str], condition: Condition, told: Told, state: Path, tell: Callable[[str], None]
) -> Told:
    """Runs the command for each change since `told`; what has been told then. It is remembered over restarts too,
    before the command runs: rather one call too few after a crash than one at each start."""
    news, now = alerts(told, condition)
    if now != told:
        await asyncio.to_thread(_remember, state, now)
    for each in news:
        await sounded(argv, each, tell)
    return now


async def sounded(argv: Sequence[str], alert: Alert, tell: Callable[[str], None]) -> None:
    """Runs the command, without a shell, in a session of its own; its environment says what there is to say."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, env=os.environ | alert.environment, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        tell(f"the command {printable(argv[0])} for alerts cannot be started: {(error.strerror or '').lower()}")
        return
    try:
        async with asyncio.timeout(SECONDS):
            if status := await process.wait():
                tell(f"the command {printable(argv[0])} for alerts ended with status {status}")
    except TimeoutError:
        tell(f"the command {printable(argv[0])} for alerts did not end within {SECONDS:g} seconds")
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _told(state: Path) -> Told:
    with suppress(Trouble), closing(Ledger(state)) as ledger:
        return alarms(ledger)
    return {}


def _remember(state: Path, told: Told) -> None:
    """A ledger that cannot be written now is no reason to call nobody."""
    with suppress(Trouble), closing(Ledger(state)) as ledger:
        note_alarms(ledger, told)
