"""A command line whose commands are imported when they are called."""

import errno
import gc
import importlib
import sys
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

import click

from sortlang.version import VERSION

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

EXHAUSTED = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""What the machine may run out of at any place, be it where a module is read or a table is printed."""


class Commands(click.Group):
    """Knows its commands by name and line, and loads the one that is called: `command` of the module `package.NAME`."""

    def __init__(self, *, package: str, lines: dict[str, str], **settings: Any) -> None:
        super().__init__(**settings)
        self._package = package
        self.lines = lines

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        """As a process of its own. It looks for no garbage, not even at its end; what takes long calls `at_work`.

        Modules and rules stay as long as the process, and to look through all of them takes longer than most commands.
        """
        gc.disable()
        try:
            return super().__call__(*arguments, **settings)
        finally:
            gc.freeze()

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(self.lines)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports it."""
        if cmd_name not in self.lines:
            return None
        module = importlib.import_module(f"{self._package}.{cmd_name}{'_' * iskeyword(cmd_name)}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """A machine that has run out of something ends it with one sentence, and EX_TEMPFAIL of sysexits(3)."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.errno not in EXHAUSTED:
                raise
            click.echo(f"{ctx.info_name}: {(error.strerror or str(error)).lower()}", err=True)
            raise SystemExit(75) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.lines.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Likewise."""
        from click.shell_completion import CompletionItem  # only the shell asks for it

        named = [CompletionItem(name, help=line) for name, line in self.lines.items() if name.startswith(incomplete)]
        return named + click.Command.shell_complete(self, ctx, incomplete)


def at_work() -> None:
    """From now on garbage is looked for, but not in what is there already, which stays."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def program(name: str, package: str, lines: dict[str, str], summary: str) -> Commands:
    """The whole command line of a program: its commands, `--help` and `--version`."""
    option = click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
    )
    settings = {"help_option_names": ["-h", "--help"]}
    return Commands(
        name=name,
        package=package,
        lines=lines,
        help=summary,
        callback=_any_letter,
        params=[option],
        context_settings=settings,
    )


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    click.echo(f"{ctx.info_name} {VERSION}")
    ctx.exit()


def _any_letter() -> None:
    """A terminal that cannot show a letter gets its number, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
