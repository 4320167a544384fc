"""`fetchrun retry`: what waits after failures is tried again."""

from pathlib import Path

import click

from fetchrun.commands.common import ledger_of, program_of, with_rules, with_state
from fetchrun.delivery.letter import account_id


@click.command()
@with_rules
@click.option("--account", "only", multiple=True, metavar="NAME", help="Only this account; may be given several times.")
@with_state
def command(file: Path, only: tuple[str, ...], state: Path) -> None:
    """Forget the failures of messages that the server refused or a target did not take: the next poll tries them again.

    It can be called while `run` runs.
    """
    accounts = [each for each in program_of(file).accounts if not only or each.name in only]
    unknown = set(only) - {each.name for each in accounts}
    if unknown:
        raise click.BadParameter(f"there is no account {', '.join(sorted(unknown))}", param_hint="--account")
    with ledger_of(state) as ledger:
        for each in accounts:
            count = ledger.pardon(account_id(each.server, each.user))
            click.echo(f"{each.name}: {count} message{'s' * (count != 1)} to be tried again")
