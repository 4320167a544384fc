"""`sortlang explain`: where mail for an address or a message goes, and why."""

import sys
from pathlib import Path

import click

from sortlang.address import Address, InvalidAddress
from sortlang.commands.common import account_of, ended_by, program_of, reading
from sortlang.explain import explain
from sortlang.files import unreadable
from sortlang.mail.message import HEAD_LIMIT, fields
from sortlang.mail.trace import trace
from sortlang.program import Program
from sortlang.reports import explained_json
from sortlang.reports.prose import prose
from sortlang.reports.traced import traced
from sortlang.rules import Account, Password


@click.command()
@click.argument("subject", metavar="ADDRESS|MESSAGE")
@click.argument("file")
@click.option("--account", "name", help="As it is for mail that comes in through this account.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(subject: str, file: str, name: str | None, as_json: bool) -> None:
    """Say where mail for ADDRESS, or a whole message, goes under the rules in FILE, which may be a table.

    `*` as ADDRESS is mail without a recipient. MESSAGE is a file: it has a `/` in its name, no `@`, or ends in `.eml`;
    or `-`: standard input.

    \b
    Exit status: 0 told, 1 the file has errors, 2 it or the message could not be read,
    or there is no such account or address.
    """
    with reading(file):
        if _is_message(subject):
            _message(subject, program_of(file), name, as_json)
            return
        address = _address(subject)
        program = program_of(file)
        explanation = explain(program, address, account_of(program, name))
        click.echo(explained_json.render(explanation) if as_json else prose(explanation))


def _is_message(subject: str) -> bool:
    return (
        subject == "-" or "/" in subject or subject.endswith(".eml") or ("@" not in subject and Path(subject).is_file())
    )


def _message(path: str, program: Program, name: str | None, as_json: bool) -> None:
    head = _head(path)
    account = _through(program, name)
    found = trace(fields(head), account, program)
    known = account if account in program.accounts else None
    explanations = [explain(program, each, known) for each in found.envelope.recipients or (None,)]
    click.echo((explained_json.render_message if as_json else traced)(path, found, explanations))


def _head(path: str) -> bytes:
    try:
        if path == "-":
            return sys.stdin.buffer.read(HEAD_LIMIT + 1)
        with Path(path).open("rb") as file:
            return file.read(HEAD_LIMIT + 1)
    except (OSError, ValueError) as why:
        ended_by((unreadable(path, why),))


def _through(program: Program, name: str | None) -> Account:
    """The account that reads the message: the one named, the only one in use, or, if there is none, one that says
    nothing."""
    if named := account_of(program, name):
        return named
    used = [each for each in program.accounts if not each.disabled]
    if len(used) > 1:
        known = ", ".join(each.name for each in used)
        raise click.UsageError(f"accounts read messages differently: name one with --account; there are: {known}")
    span = program.rules.span
    none = Account("", "", 0, "", Password("literal", "", span=span), span=span)
    return used[0] if used else none


def _address(text: str) -> Address | None:
    try:
        return None if text == "*" else Address.parse(text)
    except InvalidAddress as why:
        raise click.UsageError(str(why)) from None
