"""`fetchrun trash`: discarded mail, listed and brought back."""

import sys
from pathlib import Path

import click

from fetchrun.commands.common import OWED, ledger_of, office_of, program_of, with_rules, with_state
from fetchrun.commands.log import when
from fetchrun.commands.tables import table
from fetchrun.delivery.consign import place_of
from fetchrun.delivery.places import Place
from fetchrun.delivery.target import Unusable
from fetchrun.delivery.trash import hand_on, restore
from fetchrun.memory import logbook
from fetchrun.memory.records import Fact
from fetchrun.office import Office
from fetchrun.printable import printable
from fetchrun.progress import Silent
from sortlang.address import Address, InvalidAddress
from sortlang.rules import DAY

COLUMNS = ("number", "when", "account", "for", "rule", "file")


@click.group()
def command() -> None:
    """List discarded mail, and bring it back. It is kept for 30 days, or as long as `trash` in `defaults` says."""


@command.command("list")
@with_rules
@with_state
def list_(file: Path, state: Path) -> None:
    """Show what lies in the trash, the newest first."""
    days = program_of(file).rules.trash / DAY
    with ledger_of(state) as ledger:
        found = logbook.trashed(ledger)
    click.echo(table(COLUMNS, map(_row, found)) if found else "the trash is empty")
    if found:
        click.echo(f"kept for {days:g} days; bring one back with: fetchrun trash restore {file} NUMBER --to ADDRESS")


@command.command("restore")
@with_rules
@click.argument("numbers", metavar="NUMBER…", nargs=-1, required=True, type=int)
@click.option(
    "--to", "to", metavar="ADDRESS", help="Deliver it to this address. [default: where the rules in FILE send it now]"
)
@with_state
def restore_(file: Path, numbers: tuple[int, ...], to: str | None, state: Path) -> None:
    """Move messages out of the trash, to where mail for an address goes."""
    program = program_of(file)
    with office_of(program, state, Silent()) as office:
        done = [_restored(number, to, office) for number in numbers]
    sys.exit(0 if all(done) else OWED)


def _restored(number: int, to: str | None, office: Office) -> bool:
    try:
        address = Address.parse(to) if to else _by_the_rules(number, office)
        where = _restore(number, place_of(address, office.program, office.state), office)
    except (Unusable, InvalidAddress) as why:
        click.echo(f"fetchrun: {number}: {why}", err=True)
        return False
    click.echo(f"{number}: delivered to {address}: {where}")
    return True


def _restore(number: int, place: Place, office: Office) -> str:
    """Where it is now."""
    if place.maildir is None:
        hand_on(office.ledger, number, place, office.dispatch, office.clock())
        return place.end
    return str(place.maildir / "new" / restore(office.ledger, number, place.maildir, office.clock()))


def _by_the_rules(number: int, office: Office) -> Address:
    """Where the rules send it today."""
    fact = logbook.fact(office.ledger, number)
    if fact is None:
        raise Unusable("there is no such number in the trash; `fetchrun trash list` shows those there are")
    recipients: list[Address | None] = [Address.parse(each) for each in fact.recipients]
    routes = (office.program.route(each, fact.account) for each in recipients or [None])
    found = next((each.address for route in routes for each in route.destinations if each.address), None)
    if found is None:
        raise Unusable("the rules still discard it; say where it shall go with --to ADDRESS")
    return found


def _row(fact: Fact) -> tuple[str, ...]:
    people = ", ".join(map(printable, fact.recipients)) or "nobody named"
    return str(fact.key), when(fact.when), fact.account, people, fact.rule or "no rule", fact.name
