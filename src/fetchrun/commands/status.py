"""`fetchrun status`: what is wrong, and what to do."""

import json
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path

import click

from fetchrun.commands.common import OWED, with_rules, with_state
from fetchrun.commands.screen import screen
from fetchrun.condition import Condition
from fetchrun.survey import looked
from sortlang.commandline import at_work

EVERY = 2.0


@click.command()
@with_rules
@with_state
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--watch", is_flag=True, help=f"Show it again every {EVERY:g} seconds, until Ctrl-C.")
def command(file: Path, state: Path, as_json: bool, watch: bool) -> None:
    """Say what is wrong, and what to do: of each account, of the rules file, of the disk.

    \b
    Exit status: 0 all is well, 1 something is wrong.
    """
    if watch:
        at_work()
    while watch:
        condition = looked(file, state, time.time())
        click.clear()
        click.echo(_shown(condition, as_json))
        time.sleep(EVERY)
    condition = looked(file, state, time.time())
    click.echo(_shown(condition, as_json))
    sys.exit(OWED if condition.complaints else 0)


def _shown(condition: Condition, as_json: bool) -> str:
    if as_json:
        return json.dumps(asdict(condition) | {"well": not condition.complaints})
    return screen(condition, time.time(), shutil.get_terminal_size().columns)
