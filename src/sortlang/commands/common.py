"""What the commands share: the program of a file, and its accounts."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from sortlang.diagnostic import Diagnostics
from sortlang.files import load, load_open, unreadable
from sortlang.program import Program
from sortlang.report import report
from sortlang.rules import Account

WRONG, UNUSABLE = 1, 2
"""Exit codes: the file has errors · a file could not be read or written, or the command line is wrong."""


def program_of(file: str) -> Program:
    """The program of a file or table, `-`: of standard input. Errors are shown and end the command."""
    program, found = load_open(sys.stdin.buffer, "<stdin>") if file == "-" else load(file)
    if program is None:
        ended_by(tuple(each for each in found if each.is_error))
    return program


def account_of(program: Program, name: str | None) -> Account | None:
    """The account of that name, None for None; where there is none, those there are are told."""
    account = next((each for each in program.accounts if each.name == name), None)
    if account is None and name is not None:
        known = ", ".join(each.name for each in program.accounts) or "none"
        raise click.UsageError(f"there is no account `{name}`; there are: {known}")
    return account


@contextmanager
def reading(file: str) -> Iterator[None]:
    """A table that turns out to be damaged while it is asked ends the command."""
    try:
        yield
    except OSError as why:
        if why.errno != errno.EBADMSG:
            raise
        ended_by((unreadable(file, why),))


def ended_by(found: Diagnostics) -> NoReturn:
    """Shows the findings and ends the command."""
    click.echo(report(found), err=True)
    sys.exit(UNUSABLE if any(each.name in _FILES for each in found) else WRONG)


_FILES = {"unreadable-file", "unwritable-file"}
