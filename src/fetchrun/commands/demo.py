"""`fetchrun demo`: the whole job on a mailbox made for the purpose."""

import asyncio
import sys
from pathlib import Path

import click

from fetchrun.commands.common import BUSY, OWED, office_of, program_of, told, with_state
from fetchrun.commands.results import destinations, near
from fetchrun.commands.shown import progress
from fetchrun.demo.prepare import Demo, prepare
from fetchrun.once import once
from fetchrun.summary import Summary
from fetchrun.trouble import Trouble

NEXT = """
now try: fetchrun log --state {state}
         fetchrun trash list {state}/server/account.sort --state {state}
         sortlang explain shop-bikes@example.com {state}/server/account.sort"""


@click.command()
@with_state
def command(state: Path) -> None:
    """Start a POP3 server with a mailbox of its own on this machine, then fetch and sort it by the rules of an example.

    The mailbox stays as the run leaves it: a second run finds only what the first one left there.
    """
    try:
        demo = prepare(state / "server")
    except Trouble as trouble:
        click.echo(told(trouble), err=True)
        sys.exit(BUSY)
    summaries = asyncio.run(_fetched(demo, state))
    click.echo(destinations(summaries, state))
    click.echo(NEXT.format(state=near(state)))
    sys.exit(0 if all(each.clean for each in summaries) else OWED)


async def _fetched(demo: Demo, state: Path) -> tuple[Summary, ...]:
    async with demo.serving() as rules:
        click.echo(f"a POP3 server of our own has {demo.waiting()} messages; the rules are in {rules}", err=True)
        program = await asyncio.to_thread(program_of, rules)
        with progress() as listener, office_of(program, state, listener) as office:
            return await once(office)
