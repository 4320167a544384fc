"""`fetchrun once`: one session for each account."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import click

from fetchrun.commands.common import OWED, office_of, program_of, told, with_rules, with_state, with_user
from fetchrun.commands.results import destinations
from fetchrun.commands.shown import progress
from fetchrun.once import once
from sortlang.program import Program


@click.command()
@with_rules
@with_state
@with_user
@click.option(
    "--account", "only", multiple=True, metavar="NAME", help="Only this account; may be given more than once."
)
@click.option(
    "--remove-all", is_flag=True, help="Remove all that is no longer to be kept, however much of a maildrop that is."
)
def command(file: Path, state: Path, only: tuple[str, ...], remove_all: bool) -> None:
    """Fetch, sort and deliver: one session for each account in FILE.

    \b
    Exit status: 0 all is well, 1 an account had trouble or mail is still owed, 75 the state folder cannot
    be used now, 78 the rules file has errors.
    """
    sys.exit(run(program_of(file), state, only, remove_all))


def run(program: Program, state: Path, only: tuple[str, ...] = (), remove_all: bool = False) -> int:
    """Does it, shows it, and gives the exit status."""
    _known(program, only)
    with progress() as listener, office_of(program, state, listener) as office:
        summaries = asyncio.run(once(replace(office, all_at_once=remove_all), only))
    if said := destinations(summaries, state):
        click.echo(said)
    for each in summaries:
        if each.trouble:
            click.echo(told(each.trouble, each.account), err=True)
    return 0 if all(each.clean for each in summaries) else OWED


def _known(program: Program, only: tuple[str, ...]) -> None:
    names = {each.name for each in program.accounts}
    for name in only:
        if name not in names:
            raise click.BadParameter(
                f'there is no account "{name}"; there are: {", ".join(sorted(names))}', param_hint="--account"
            )
