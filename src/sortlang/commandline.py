"""A command line whose commands are imported when they are called."""

import errno
import gc
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from keyword import iskeyword
from typing import Any

import click

EXHAUSTED = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""What the machine may run out of at any place, be it where a module is read or a table is printed."""


class Commands(click.Group):
    """Knows its commands by name and line, and loads the one that is called: `command` of the module `package.NAME`.

    `brief`: each of them ends soon, and looks for no garbage before.
    """

    def __init__(self, *, package: str, lines: dict[str, str], brief: bool, **settings: Any) -> None:
        super().__init__(**settings)
        self._package = package
        self._brief = brief
        self.lines = lines

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
            with _uncollected() if self._brief else nullcontext():
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


def program(name: str, package: str, lines: dict[str, str], summary: str, brief: bool = False) -> Commands:
    """The whole command line of a program: its commands, `--help` and `--version`."""
    option = click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
    )
    settings = {"help_option_names": ["-h", "--help"]}
    return Commands(
        name=name,
        package=package,
        lines=lines,
        brief=brief,
        help=summary,
        callback=_any_letter,
        params=[option],
        context_settings=settings,
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rules are values and hold no cycles: the collector would look through all of them, again and again, in vain."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version  # 20 ms that no other command should wait for

    try:
        click.echo(f"{ctx.info_name} {version('sortlang')}")
    except PackageNotFoundError:
        click.echo(f"{ctx.info_name}, not installed")
    ctx.exit()


def _any_letter() -> None:
    """A terminal that cannot show a letter gets its number, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
