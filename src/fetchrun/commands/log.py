"""`fetchrun log`: what became of messages."""

import json
import time
from dataclasses import asdict
from pathlib import Path

import click

from fetchrun.commands.common import ledger_of, with_state
from fetchrun.commands.results import near
from fetchrun.commands.tables import table
from fetchrun.memory.logbook import log
from fetchrun.memory.records import Fact
from fetchrun.printable import printable

COLUMNS = ("when", "account", "for", "found in", "rule", "fate", "file")


@click.command()
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(dir_okay=False, path_type=Path))
@with_state
@click.option("--account", metavar="NAME", help="Only mail of this account.")
@click.option("--address", metavar="TEXT", help="Only mail for or to addresses that hold this text.")
@click.option("--last", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="How many lines.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(file: Path | None, state: Path, account: str | None, address: str | None, last: int, as_json: bool) -> None:
    """Show what became of messages, the newest last: for whom, how that was found out, by which rule, where it is.

    FILE is not read: the log belongs to the state folder. It may be given, as for the other commands.
    """
    with ledger_of(state) as ledger:
        facts = log(ledger, account, address, limit=last)[::-1]
    if as_json:
        click.echo("\n".join(json.dumps(_plain(each)) for each in facts))
    else:
        click.echo(table(COLUMNS, map(row, facts)) if facts else "nothing in the log")


def row(fact: Fact) -> tuple[str, ...]:
    """A line of the log."""
    people = ", ".join(map(printable, fact.recipients)) or "nobody named"
    fate = fact.fate + (f" ({fact.note})" if fact.note else "")
    return when(fact.when), fact.account, people, fact.source, fact.rule or "no rule", fate, where(fact)


def when(seconds: float) -> str:
    """Local time, to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def where(fact: Fact) -> str:
    """The file as it was delivered, where the first one of its kind went, or who took it over."""
    return near(fact.file or Path(fact.target)) if fact.target.startswith("/") else fact.target


def _plain(fact: Fact) -> dict[str, object]:
    """The fact as JSON has it: bytes as text, times as numbers."""
    values = asdict(fact)
    return values | {"uid": fact.uid.decode("utf-8", "backslashreplace")}
