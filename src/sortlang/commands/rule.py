"""`sortlang rule`: what a finding means."""

import click

from sortlang.doors.pages import Page, pages
from sortlang.suggest import did_you_mean


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Print the page about the finding NAME; without NAME, list all there are.

    \b
    Exit status: 0 printed, 2 there is no such finding.
    """
    known = {each.name: each for each in pages()}
    if name is None:
        click.echo("\n".join(map(_line, known.values())))
    elif name in known:
        click.echo(known[name].text, nl=False)
    else:
        hint = did_you_mean(name, known) or "`sortlang rule` lists them"
        raise click.UsageError(f"there is no finding `{name}`: {hint}")


def _line(page: Page) -> str:
    return f"{page.name:<22}{page.severity:<9}{page.summary}"
