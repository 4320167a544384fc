"""`sortlang build`: a table on disk, for a start that waits for no rules."""

import os
from dataclasses import fields, is_dataclass
from pathlib import Path

import click

from sortlang.commands.common import ended_by, program_of, reading
from sortlang.diagnostic import Diagnostics, error
from sortlang.doors.replace import replace
from sortlang.files import is_table
from sortlang.program import Program
from sortlang.reading import reason
from sortlang.reports.screen import visible
from sortlang.source import Source, Span
from sortlang.store import store
from sortlang.stored.encode import TooLarge


@click.command()
@click.argument("file")
@click.option("-o", "--output", metavar="TABLE", help="Where to write it.  [default: FILE with the ending .table]")
def command(file: str, output: str | None) -> None:
    """Write what FILE compiles to as a table, which can stand in place of FILE wherever mail is fetched or routed.

    A table that is there already is replaced at once, anything else is not.

    \b
    Exit status: 0 written, 1 the file has errors, 2 it could not be read, or the table not written.
    """
    name = output or _beside(file)
    with reading(file):
        program = program_of(file)
        _write(program, name, _mode(program, file))
    click.echo(f"wrote {visible(name)}: {_summary(program)}")


def _beside(file: str) -> str:
    if file == "-":
        raise click.UsageError("say with -o where to write the table of standard input")
    return str(Path(file).with_suffix(".table"))


def _write(program: Program, name: str, mode: int) -> None:
    try:
        if os.path.lexists(name) and not is_table(name):
            ended_by(_unwritable(name, "it is there already, and no table"))
        replace(name, store(program), mode)
    except TooLarge:
        ended_by(_unwritable(name, "it would be larger than 4 GiB"))
    except OSError as why:
        ended_by(_unwritable(name, reason(why)))


def _unwritable(name: str, clause: str) -> Diagnostics:
    return (error("unwritable-file", f"cannot write the file: {clause}", Span(Source(name, ""), 0, 0)),)


def _mode(program: Program, file: str) -> int:
    """Whoever may read the rules file may read the table, but for one with a password in it: that is its owner's."""
    if file == "-" or any(map(_secret, (*program.accounts, *program.rules.transports))):
        return 0o600
    return Path(file).stat().st_mode & 0o777


def _secret(value: object) -> bool:
    if getattr(value, "kind", None) == "literal":
        return True
    return is_dataclass(value) and any(_secret(getattr(value, each.name)) for each in fields(value))


def _summary(program: Program) -> str:
    """`3 rules, 1 account, digest 0123456789ab`."""
    rules, accounts = len(program.rules.sorts) + len(program.rules.copies), len(program.accounts)
    counts = f"{rules} rule{'s' * (rules != 1)}, {accounts} account{'s' * (accounts != 1)}"
    return f"{counts}, digest {program.digest}"
