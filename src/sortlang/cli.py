"""The command line of `sortlang`; a command is imported when it is called."""

import importlib
import sys
from typing import Any

import click

COMMANDS = {
    "build": "Write the program as a table on disk.",
    "check": "Say what is wrong with rules files.",
    "explain": "Say where mail for an address goes, and why.",
    "format": "Lay out rules files in the house style.",
    "graph": "Draw accounts, rules and destinations.",
    "rule": "Say what a finding of `check` means.",
    "route": "Say for each of many addresses where its mail goes.",
}
"""Each is the command `command` of the module of that name in sortlang.commands."""


class _Commands(click.Group):
    """Knows its commands by name and line, and loads the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"sortlang.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version  # 20 ms that no other command should wait for

    try:
        click.echo(f"sortlang {version('sortlang')}")
    except PackageNotFoundError:
        click.echo("sortlang, not installed")
    ctx.exit()


def _any_letter(stream: Any) -> None:
    """A terminal that cannot show a letter gets its number, not a traceback."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def main() -> None:
    """A small language for POP3 accounts and mail sorting rules."""
    _any_letter(sys.stdout)
    _any_letter(sys.stderr)
