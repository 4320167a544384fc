"""`fetchrun plan`: what `once` would do; it changes nothing."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from fetchrun.commands.common import OWED, consulting, program_of, told, with_rules, with_state
from fetchrun.foresee import Prospect, foreseen
from fetchrun.office import Office
from fetchrun.plan import Leave, Remove
from fetchrun.trouble import Trouble
from sortlang.rules import Account


@click.command()
@with_rules
@with_state
def command(file: Path, state: Path) -> None:
    """Say what `once` would do now: connect, look at the headers, change nothing.

    \b
    Exit status: as of `once`.
    """
    program = program_of(file)
    with consulting(program, state) as office:
        accounts = [each for each in program.accounts if not each.disabled]
        told_all = [_told(each, office) for each in accounts]
    sys.exit(0 if all(told_all) else OWED)


def _told(account: Account, office: Office) -> bool:
    try:
        prospect = asyncio.run(foreseen(account, office))
    except Trouble as trouble:
        click.echo(told(trouble, account), err=True)
        return False
    for sentence in _sentences(account, prospect):
        click.echo(f"{account.name}: {sentence}")
    return True


def _sentences(account: Account, prospect: Prospect) -> Iterator[str]:
    """The dry run in prose."""
    yield f"{_messages(len(prospect.decisions))} on {account.server}"
    if not prospect.routed:
        yield "nothing to retrieve"
    for (to, rule), count in Counter(prospect.routed).most_common():
        yield f"would retrieve {_messages(count)} for {to}" + (f" ({rule})" if rule else "")
    for why, count in Counter(each.why for each in prospect.decisions if isinstance(each, Remove)).items():
        yield f"would remove {_messages(count)} from the server ({why})"
    for why, count in Counter(each.why for each in prospect.decisions if isinstance(each, Leave)).most_common():
        yield f"would leave {_messages(count)} ({why})"
    yield from prospect.notices


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"
