"""`sortlang explain`: where mail for an address goes, and why."""

import click

from sortlang.address import Address, InvalidAddress
from sortlang.commands.common import account_of, program_of, reading
from sortlang.explain import explain
from sortlang.reports.prose import prose


@click.command()
@click.argument("address")
@click.argument("file")
@click.option("--account", "name", help="As it is for mail that comes in through this account.")
def command(address: str, file: str, name: str | None) -> None:
    """Say where mail for ADDRESS goes under the rules in FILE, which may be a table.

    `*` as ADDRESS is mail without a recipient.

    \b
    Exit status: 0 told, 1 the file has errors, 2 it could not be read, or there is no such account or address.
    """
    wanted = _address(address)
    with reading(file):
        program = program_of(file)
        click.echo(prose(explain(program, wanted, account_of(program, name))))


def _address(text: str) -> Address | None:
    try:
        return None if text == "*" else Address.parse(text)
    except InvalidAddress as why:
        raise click.UsageError(str(why)) from None
