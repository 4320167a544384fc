"""`sortlang explain`: where mail for an address goes, and why."""

import sys

import click

from sortlang.address import Address, InvalidAddress
from sortlang.explain import explain
from sortlang.files import load, load_open
from sortlang.program import Program
from sortlang.report import report
from sortlang.reports.prose import prose
from sortlang.rules import Account


@click.command()
@click.argument("address")
@click.argument("file")
@click.option("--account", "name", help="As it is for mail that comes in through this account.")
def command(address: str, file: str, name: str | None) -> None:
    """Say where mail for ADDRESS goes under the rules in FILE; `*` as ADDRESS is mail without a recipient.

    \b
    Exit status: 0 told, 1 the file has errors, 2 it could not be read, or there is no such account or address.
    """
    wanted = _address(address)
    program = _program(file)
    click.echo(prose(explain(program, wanted, _account(program, name) if name is not None else None)))


def _address(text: str) -> Address | None:
    try:
        return None if text == "*" else Address.parse(text)
    except InvalidAddress as why:
        raise click.UsageError(str(why)) from None


def _program(file: str) -> Program:
    program, found = load_open(sys.stdin.buffer, "<stdin>") if file == "-" else load(file)
    if program is None:
        click.echo(report(tuple(each for each in found if each.is_error)), err=True)
        sys.exit(2 if any(each.name == "unreadable-file" for each in found) else 1)
    return program


def _account(program: Program, name: str) -> Account:
    account = next((each for each in program.accounts if each.name == name), None)
    if account is None:
        known = ", ".join(each.name for each in program.accounts) or "none"
        raise click.UsageError(f"there is no account `{name}`; there are: {known}")
    return account
