"""`fetchrun run`: every account in its time, until it is told to stop."""

import asyncio
import os
import signal
import threading
import time
from pathlib import Path

import click

from fetchrun.commands.beside import Beside, with_beside
from fetchrun.commands.common import BAD_RULES, held, with_rules, with_state, with_user
from fetchrun.commands.journal import Journal
from fetchrun.confine import confine, places
from fetchrun.daemon import Daemon
from fetchrun.notify import heartbeat, notifier
from fetchrun.privilege import Kept
from fetchrun.rulebook import NoRules, Rulebook
from sortlang.commandline import at_work

INTERRUPTED = 128 + signal.SIGINT
PATIENCE_SECONDS = 30.0
"""Later it ends at once, as after a second SIGINT."""


@click.command()
@with_rules
@with_state
@with_user
@click.option("--confine", "confined", is_flag=True, help="Write beneath the state and the Maildirs alone (Landlock).")
@with_beside
def command(file: Path, state: Path, confined: bool, beside: Beside) -> None:
    """Fetch, sort and deliver for ever: each account in FILE in its time, by the rules as they are now.

    FILE may be edited meanwhile. SIGHUP reads it at once and tries again whatever has failed, SIGTERM and SIGINT
    end it cleanly, a second SIGINT at once.

    \b
    Exit status: 0 it was told to stop, 75 the state folder cannot be used now, 78 the rules file has errors and
    there are none from before.
    """
    with held(state):
        book = _book(file, state)
        if book.broken:
            click.echo(f"{book.broken.found}\n\n{file} HAS ERRORS: running by the rules it last had", err=True)
        if confined:
            _confined(book, state)
        at_work()
        daemon = asyncio.run(_served(book, state, beside))
        daemon.close()


def _book(file: Path, state: Path) -> Rulebook:
    try:
        return Rulebook(file, state, time.time)
    except NoRules as why:
        click.echo(str(why), err=True)
        raise SystemExit(BAD_RULES) from None


def _confined(book: Rulebook, state: Path) -> None:
    os.environ["TMPDIR"] = str(state)
    try:
        confine(places(book.program, state))
    except (Kept, OSError) as why:
        click.echo(f"fetchrun: cannot be confined: {why}", err=True)
        raise SystemExit(BAD_RULES) from None


async def _served(book: Rulebook, state: Path, beside: Beside) -> Daemon:
    daemon = Daemon(book, state, time.time, Journal(), notifier())
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, _ended, daemon)
    loop.add_signal_handler(signal.SIGHUP, daemon.reload)
    loop.add_signal_handler(signal.SIGINT, _interrupted, daemon)
    async with beside.running(lambda: book.program.accounts, state):
        await daemon.run(heartbeat())
    return daemon


def _interrupted(daemon: Daemon) -> None:
    """Once: cleanly. Twice: now; what is under way is fetched again, nothing is lost by it."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, os._exit, INTERRUPTED)
    _ended(daemon)


def _ended(daemon: Daemon) -> None:
    """Cleanly; a disk that answers no more is not waited for."""
    last = threading.Timer(PATIENCE_SECONDS, os._exit, (1,))
    last.daemon = True
    last.start()
    daemon.stop()
