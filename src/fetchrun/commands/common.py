"""What the commands share: arguments, exit codes, how trouble is told."""

import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from fetchrun.commands.aside import Aside
from fetchrun.memory.clock import moment
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.state import consulted, locked
from fetchrun.office import Office
from fetchrun.privilege import Kept, become
from fetchrun.progress import Progress, Silent
from fetchrun.trouble import Trouble
from fetchrun.trust import trusted
from sortlang.commandline import at_work
from sortlang.files import load
from sortlang.program import Program
from sortlang.report import report
from sortlang.rules import Account

AS_ROOT = "fetchrun runs as root, and so does every program that the rules name; `--user NAME` gives that up"
DESCRIPTORS = 8192
F = TypeVar("F", bound=Callable[..., Any])

OWED, BUSY, BAD_RULES = 1, 75, 78
"""Exit codes: an account had trouble or mail is still owed · the state folder cannot be used now · the rules file is
wrong (EX_TEMPFAIL and EX_CONFIG of sysexits(3)). 2 is a wrong command line."""


def with_state(command: F) -> F:
    """Adds `--state DIR`, which arrives as an absolute path."""
    text = "Where the ledger, the trash and mail without a transport lie. [default: fetchrun in the XDG state home]"
    kind = click.Path(file_okay=False, path_type=Path)
    return click.option("--state", type=kind, metavar="DIR", callback=_placed, help=text)(command)


def with_rules(command: F) -> F:
    """Adds the argument FILE."""
    return click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))(command)


def with_user(command: F) -> F:
    """Adds `--user NAME`, which is done before anything else is looked at."""
    text = "Be this user, not root, from the start. Needs root."
    return click.option("--user", metavar="NAME", is_eager=True, expose_value=False, callback=_become, help=text)(
        command
    )


def state_home() -> Path:
    """Where the state lies unless somebody says otherwise: the XDG state home."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "fetchrun"


def program_of(file: Path) -> Program:
    """The compiled rules; what is wrong with them goes to standard error, and errors end the command."""
    program, diagnostics = load(file, trusted)
    if diagnostics:
        click.echo(report(diagnostics), err=True)
    if program is None:
        raise SystemExit(BAD_RULES)
    return program


@contextmanager
def office_of(program: Program, state: Path, progress: Progress) -> Iterator[Office]:
    """The state folder held, the ledger open; a folder that cannot be used ends the command with one sentence."""
    _open_many()
    with _ended_by_trouble(), locked(state), closing(Ledger(state)) as ledger:
        at_work()
        yield Office(program, ledger, state, time.time, progress, moment=moment)


@contextmanager
def consulting(program: Program, state: Path) -> Iterator[Office]:
    """An office that changes nothing and locks nobody out; where there is no ledger yet, it has an empty one."""
    with _ended_by_trouble(), closing(consulted(state)) as ledger:
        at_work()
        yield Office(program, ledger, state, time.time, Silent(), moment=moment)


@contextmanager
def ledger_of(state: Path) -> Iterator[Ledger]:
    """The ledger, to read in it while another may write."""
    with _ended_by_trouble(), closing(consulted(state)) as ledger:
        if ledger.database.path is None:
            click.echo(f"fetchrun: nothing was fetched yet with the state folder {state}", err=True)
            raise SystemExit(OWED)
        yield ledger


def told(trouble: Trouble, account: Account | None = None) -> str:
    """One sentence that names the line to look at, and the advice below it."""
    where = f'{account.place(*trouble.settings).place}: account "{account.name}": ' if account else "fetchrun: "
    return f"{where}{trouble.sentence}" + (f"\n  hint: {trouble.hint}" if trouble.hint else "")


@contextmanager
def held(state: Path) -> Iterator[None]:
    """The state folder held; any Trouble ends the command with one sentence."""
    with _ended_by_trouble(), locked(state):
        yield


def _open_many() -> None:
    """The usual 1,024 descriptors are for programs that call select(2); a batch of mail alone has hundreds open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, DESCRIPTORS)), hard))


@contextmanager
def _ended_by_trouble() -> Iterator[None]:
    try:
        yield
    except Trouble as trouble:
        click.echo(told(trouble), err=True)
        raise SystemExit(BUSY if trouble.temporary else BAD_RULES) from None


def _become(_: click.Context, __: click.Parameter, value: str | None) -> None:
    try:
        if value:
            become(value)
        elif os.geteuid() == 0:
            Aside().say(AS_ROOT)
    except Kept as why:
        raise click.BadParameter(str(why)) from None


def _placed(_: click.Context, __: click.Parameter, value: Path | None) -> Path:
    return (value or state_home()).absolute()
