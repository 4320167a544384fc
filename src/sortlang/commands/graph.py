"""`sortlang graph`: a program as a picture."""

import sys
from pathlib import Path

import click

from sortlang.files import load, load_open
from sortlang.graph import FORMATS, graph
from sortlang.reading import reason
from sortlang.report import report


@click.command()
@click.argument("file")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="svg", show_default=True)
@click.option("-o", "--output", default="-", metavar="OUT", help="The file to write; without it standard output.")
def command(file: str, form: str, output: str) -> None:
    """Draw FILE and what it includes: accounts, rules, destinations; `-` is standard input.

    \b
    Exit status: 0 drawn, 1 the file has errors, 2 it could not be read, or OUT not be written.
    """
    program, found = load_open(sys.stdin.buffer, "<stdin>") if file == "-" else load(file)
    if program is None:
        click.echo(report(tuple(each for each in found if each.is_error)), err=True)
        sys.exit(2 if any(each.name == "unreadable-file" for each in found) else 1)
    content = graph(program, form).encode("utf-8")
    if output == "-":
        click.echo(content, nl=False)
        return
    try:
        Path(output).write_bytes(content)
    except OSError as why:
        click.echo(f"cannot write {output}: {reason(why)}", err=True)
        sys.exit(2)
