"""`sortlang check`: what is wrong with rules files."""

import sys

import click

from sortlang.diagnostic import Diagnostics, in_order
from sortlang.files import load, load_open
from sortlang.report import FORMATS, report


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
def command(paths: tuple[str, ...], form: str, strict: bool) -> None:
    """Say what is wrong with rules files; `-` is standard input.

    \b
    Exit status: 0 no errors, 1 errors (with --strict: warnings too), 2 a file could not be read.
    """
    found = in_order(tuple(each for path in paths for each in _found(path)))
    click.echo(_shown(found, form, len(paths)))
    sys.exit(_status(found, strict))


def _found(path: str) -> Diagnostics:
    _, found = load_open(sys.stdin.buffer, "<stdin>") if path == "-" else load(path)
    return found


def _shown(found: Diagnostics, form: str, count: int) -> str:
    if form == "text" and not found:
        return f"no findings in {count} file{'s' * (count != 1)}"
    return report(found, form)


def _status(found: Diagnostics, strict: bool) -> int:
    if any(each.name == "unreadable-file" for each in found):
        return 2
    return 1 if any(strict or each.is_error for each in found) else 0
