"""`fetchrun quarantine`: what others refused, and what becomes of it."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from fetchrun.commands.common import OWED, ledger_of, office_of, program_of, with_rules, with_state
from fetchrun.commands.log import when
from fetchrun.commands.tables import table
from fetchrun.delivery.outcome import Deferred, Quarantined
from fetchrun.delivery.quarantine import drop, head, lying, reasons
from fetchrun.delivery.target import Unusable
from fetchrun.memory import logbook
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.records import Fact
from fetchrun.office import Office
from fetchrun.printable import printable
from fetchrun.progress import Silent
from fetchrun.release import release

COLUMNS = ("number", "when", "account", "for", "why")
SHOWN = (b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"return-path")

numbers_argument = click.argument("numbers", metavar="NUMBER…", nargs=-1, required=True, type=int)


@click.group()
def command() -> None:
    """Look at mail that somebody refused for good, or that goes round; deliver it after all, or drop it."""


@command.command("list")
@with_rules
@with_state
def list_(file: Path, state: Path) -> None:
    """Show what lies in quarantine, the newest first."""
    with ledger_of(state) as ledger:
        rows = [_row(each, ledger) for each in logbook.quarantined(ledger)]
    click.echo(table(COLUMNS, rows) if rows else "the quarantine is empty")
    if rows:
        click.echo(f"try one again with: fetchrun quarantine retry {file} NUMBER")


@command.command()
@with_rules
@numbers_argument
@with_state
def show(file: Path, numbers: tuple[int, ...], state: Path) -> None:
    """Show whom a message is from and for, why it lies there, and its file."""
    with ledger_of(state) as ledger:
        sys.exit(_each(numbers, lambda number: _shown(number, ledger)))


@command.command()
@with_rules
@numbers_argument
@with_state
def retry(file: Path, numbers: tuple[int, ...], state: Path) -> None:
    """Deliver messages by the rules that FILE has now, to all who have not got them yet."""
    with office_of(program_of(file), state, Silent()) as office:
        sys.exit(_each(numbers, lambda number: _tried(number, office)))


@command.command("drop")
@with_rules
@numbers_argument
@with_state
def drop_(file: Path, numbers: tuple[int, ...], state: Path) -> None:
    """Remove messages for good."""

    def dropped(number: int, ledger: Ledger) -> str:
        drop(ledger, number)
        return "dropped"

    with office_of(program_of(file), state, Silent()) as office:
        sys.exit(_each(numbers, lambda number: dropped(number, office.ledger)))


def _each(numbers: tuple[int, ...], act: Callable[[int], str]) -> int:
    """Does it for each, says how it went, and gives the exit status."""
    status = 0
    for number in numbers:
        try:
            click.echo(f"{number}: {act(number)}")
        except Unusable as why:
            click.echo(f"fetchrun: {number}: {why}", err=True)
            status = OWED
    return status


def _row(fact: Fact, ledger: Ledger) -> tuple[str, ...]:
    people = ", ".join(map(printable, fact.recipients)) or "nobody named"
    try:
        why = "; ".join(map(printable, reasons(lying(ledger, fact.key)[1])))
    except Unusable:
        why = "its file is gone"
    return str(fact.key), when(fact.when), fact.account, people, why


def _shown(number: int, ledger: Ledger) -> str:
    fact, file = lying(ledger, number)
    lines = [f"{each.name.decode().title()}: {printable(each.value)}" for each in head(file) if each.name in SHOWN]
    why = [f"why: {printable(each)}" for each in reasons(file)]
    return "\n  ".join([f"{when(fact.when)}, account {fact.account}", *why, *lines, f"file: {file}"])


def _tried(number: int, office: Office) -> str:
    outcome = release(number, office)
    if isinstance(outcome, Deferred):
        raise Unusable(f"not now, and it stays in quarantine: {outcome.reason}")
    if isinstance(outcome, Quarantined):
        raise Unusable("refused again, and it stays in quarantine")
    return "delivered to " + ", ".join(each for deposit in outcome.deposits for each in deposit.copy.addresses)
