"""`sortlang prove`: what holds for all addresses."""

import sys

import click

from sortlang.commands.common import program_of, reading
from sortlang.proofs import json, text
from sortlang.proofs.proof import proof
from sortlang.prove import changes

FORMATS = {"text": text, "json": json}
UNPROVED = 3


@click.command()
@click.argument("file")
@click.argument("other", required=False, metavar="[FILE2]")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
def command(file: str, other: str | None, form: str) -> None:
    """Prove that the rules in FILE take all mail, that each of them matters, and that none is tied with another.

    With FILE2: that both send all mail to the same places. What does not hold is shown with an address.

    \b
    Exit status: 0 it holds, 3 it does not, 1 a file has errors, 2 it could not be read.
    """
    with reading(file):
        program = program_of(file)
        if other is None:
            found = proof(program)
            shown, holds = FORMATS[form].render(found), found.holds
        else:
            differing = changes(program, program_of(other))
            shown, holds = FORMATS[form].render_equivalence(differing), not differing
    click.echo(shown)
    sys.exit(0 if holds else UNPROVED)
