"""`fetchrun state`: the ledger checked, made anew, or written out."""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from fetchrun.commands.common import OWED, held, ledger_of, program_of, told, with_rules, with_state
from fetchrun.memory.checkup import checkup
from fetchrun.memory.export import exported
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.renew import begun, dropped, installed
from fetchrun.office import Office
from fetchrun.printable import printable
from fetchrun.progress import Silent
from fetchrun.rebuild import Found, evidence, rebuilt
from fetchrun.trouble import Trouble
from sortlang.program import Program


@click.group()
def command() -> None:
    """Look after the ledger: check it, make it anew after it was lost, write it out."""


@command.command()
@with_rules
@with_state
def check(file: Path, state: Path) -> None:
    """Look at every page of the ledger, and say what it holds; change nothing.

    FILE is not read. Exit status: 0 all is well, 1 something is wrong.
    """
    found = checkup(state)
    for name, value in found.facts:
        click.echo(f"{name}: {value}")
    for sentence in found.wrong:
        click.echo(f"fetchrun: {printable(sentence, 500)}", err=True)
    click.echo("all is well" if not found.wrong else f"to make it anew: fetchrun state rebuild {file}")
    sys.exit(OWED if found.wrong else 0)


@command.command()
@with_rules
@click.option("--yes", is_flag=True, help="Do it; without this only what would be done is said.")
@click.option(
    "--adopt-others", "adopt", is_flag=True, help="Leave what no Maildir here holds on the server, and never fetch it."
)
@with_state
def rebuild(file: Path, yes: bool, adopt: bool, state: Path) -> None:
    """Make the ledger anew, from what the servers list and what lies in the Maildirs.

    What a Maildir here holds counts as delivered; the rest is fetched at the next run. The old ledger stays beside the
    new one. Exit status: 0 it was done, or would be, 1 a server could not be asked, and nothing was changed.
    """
    program = program_of(file)
    with held(state):
        ledger = begun(state)
        try:
            found = _rebuilt(program, ledger, state, adopt=adopt)
            for each in found or ():
                click.echo(_shown(each, adopt=adopt))
            if found is not None and yes:
                kept = installed(ledger, state, time.strftime("%Y%m%dT%H%M%S"))
                click.echo("the ledger was made anew" + (f"; the old one is {kept}" if kept else ""))
        finally:
            dropped(ledger)
    if found is not None and not yes:
        click.echo("nothing was changed; --yes does it")
    sys.exit(OWED if found is None else 0)


@command.command()
@with_rules
@with_state
def export(file: Path, state: Path) -> None:
    """Write all that the ledger knows to standard output: one JSON object a line, no mail, no secrets.

    FILE is not read.
    """
    with ledger_of(state) as ledger, suppress(BrokenPipeError):
        for each in exported(ledger):
            click.echo(json.dumps(each))


def _rebuilt(program: Program, ledger: Ledger, state: Path, *, adopt: bool) -> Sequence[Found] | None:
    """None: somebody could not be asked, and that was told."""
    office = Office(program, ledger, state, time.time, Silent())
    lying, found = evidence(office), []
    for account in (each for each in program.accounts if not each.disabled):
        try:
            found.append(asyncio.run(rebuilt(account, lying, office, adopt=adopt)))
        except Trouble as trouble:
            click.echo(told(trouble, account), err=True)
            click.echo("nothing was changed: without the listing of every account its mail would come again", err=True)
            return None
    return found


def _shown(found: Found, *, adopt: bool) -> str:
    parts = [f"{found.known} known to the old ledger"] * bool(found.known)
    parts += [f"{found.held} delivered, by the files in Maildirs"]
    parts += [f"{found.partly} delivered in part, the rest is fetched again"] * bool(found.partly)
    left = "stay there and are never fetched" if adopt else "are fetched at the next run"
    return f"{found.account}: {found.listed} listed; {'; '.join(parts)}; {found.others} with no trace here {left}"
