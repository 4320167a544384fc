"""`sortlang diff`: whose mail goes elsewhere."""

import sys
import time
from dataclasses import replace

import click

from sortlang.commands.pairs import Pair, Shelved, Unusable, of_git, of_paths
from sortlang.diff import FORMATS, diff, show
from sortlang.diffs.difference import Comparison
from sortlang.diffs.moved import moved
from sortlang.doors.git import GitFailed
from sortlang.doors.logged import NoLog, posts
from sortlang.program import Program
from sortlang.report import report

CHANGED, WRONG, UNUSABLE = 3, 1, 2
DAYS = 30
_DAY = 86_400


@click.command()
@click.argument("paths", nargs=-1, metavar="OLD NEW | [PATH]…")
@click.option(
    "--git", "revisions", metavar="REV", help="Compare PATH in REV with the files as they are; REV..REV: two revisions."
)
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("--log", "state", metavar="STATE", help="Say how many messages in the log of fetchrun would move.")
def command(paths: tuple[str, ...], revisions: str | None, form: str, state: str | None) -> None:
    """Say whose mail goes elsewhere under NEW: for all addresses, with one of each kind.

    OLD and NEW are two files or two directories. With --git, PATHs are compared with what they are in a revision;
    A...B begins where B parted from A.

    \b
    Exit status: 0 nothing changes, 3 something does, 1 a file has errors, 2 it could not be read.
    """
    try:
        pairs = of_git(revisions, paths) if revisions is not None else of_paths(paths)
        compared = [_compared(each) for each in pairs]
        if state is not None:
            compared = [_with_log(pairs, compared, state)]
    except (Unusable, GitFailed, NoLog, OSError) as why:
        click.echo(f"cannot compare: {why}", err=True)
        sys.exit(UNUSABLE)
    click.echo(show(compared, form))
    sys.exit(CHANGED if any(compared) else 0)


def _compared(pair: Pair) -> Comparison:
    old, new = (_sound(each) if each else None for each in (pair.old, pair.new))
    before, after = (each.name if each else "" for each in (pair.old, pair.new))
    if old is None or new is None:
        return Comparison(before, after, only="new" if old is None else "old")
    return Comparison(before, after, diff(old, new))


def _sound(side: Shelved) -> Program:
    """The program; errors are shown and end the command."""
    if side.program is None:
        click.echo(f"{side.name} cannot be compared\n\n{report(side.found)}", err=True)
        sys.exit(UNUSABLE if any(each.name == "unreadable-file" for each in side.found) else WRONG)
    return side.program


def _with_log(pairs: list[Pair], compared: list[Comparison], state: str) -> Comparison:
    if len(pairs) != 1 or pairs[0].old is None or pairs[0].new is None:
        raise Unusable("--log belongs to one rules file: name it")
    facts = posts(state, time.time() - DAYS * _DAY)
    return replace(compared[0], moved=moved(_sound(pairs[0].old), _sound(pairs[0].new), facts, DAYS))
