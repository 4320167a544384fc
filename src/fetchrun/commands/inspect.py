"""`fetchrun inspect`: how this provider says whom mail is for."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from fetchrun.ages import counted
from fetchrun.commands.common import OWED, program_of, told, with_rules
from fetchrun.inspection import Inspection, Witness, inspection
from fetchrun.printable import printable
from fetchrun.proposal import proposal
from fetchrun.sample import sampled
from fetchrun.trouble import Trouble
from sortlang.program import Program
from sortlang.rules import Account

MOST = 200


@click.command()
@click.argument("name", metavar="ACCOUNT")
@with_rules
@click.option("--last", type=click.IntRange(1, 5_000), default=MOST, show_default=True, help="How many messages.")
def command(name: str, file: Path, last: int) -> None:
    """Look at the headers of the newest messages of ACCOUNT in FILE, and write the account block that fits.

    Only headers are read, with TOP; nothing is changed, here or on the server. What is found goes to standard error,
    the block and lines to sort by to standard output.

    \b
    Exit status: 0 the block is written, 1 the account had trouble or has no mail, 78 FILE has errors.
    """
    account = _named(program_of(file), name)
    try:
        count, heads = asyncio.run(sampled(account, last))
    except Trouble as trouble:
        click.echo(told(trouble, account), err=True)
        sys.exit(OWED)
    if not heads:
        click.echo(f"{account.name}: the server shows no headers; {counted(count)} lie there", err=True)
        sys.exit(OWED)
    found = inspection(heads)
    click.echo("\n".join(findings(found, account, count)), err=True)
    click.echo(proposal(account, found))


def findings(found: Inspection, account: Account, count: int) -> Iterator[str]:
    """What was seen, in lines."""
    yield f"{account.name}: the newest {found.messages} of {counted(count)} on {account.server}"
    yield f"hosts: {', '.join(_hops(found))}"
    for each in (*found.witnesses, found.received):
        if each.messages:
            yield f"header: {each.header} in {each.messages}, naming {_naming(each)}"
    if found.best is None:
        yield f"header: none tells whom a message is for; To and Cc name {_naming(found.named)}, a guess"
    domains = ", ".join(f"{printable(name, 80)} {times}" for name, times in found.domains.most_common(10))
    yield f"domains: {domains or 'none that can be told'}"


def _hops(found: Inspection) -> Iterator[str]:
    whose = f"of {printable(found.provider, 80)}" if found.provider else "of the provider"
    for hops, times in found.hops.most_common():
        yield f"{times} came through {counted(hops, 'host')} {whose}"
    if len(found.hops) > 1:
        yield "the fewest are trusted, for below them a sender can write what he likes"


def _naming(witness: Witness) -> str:
    if len(witness.named) == 1:
        return f"always {printable(str(next(iter(witness.named))), 80)}: the mailbox, not the recipient"
    return f"{len(witness.named)} addresses"


def _named(program: Program, name: str) -> Account:
    found = next((each for each in program.accounts if each.name == name), None)
    if found is None:
        names = ", ".join(sorted(each.name for each in program.accounts)) or "none"
        raise click.BadParameter(f'there is no account "{name}"; there are: {names}', param_hint="ACCOUNT")
    return found
