"""`sortlang import`: a rules file out of another program's configuration."""

import sys
from pathlib import Path

import click

from sortlang.diagnostic import has_errors
from sortlang.format import format
from sortlang.import_ import BY_NAME, decoded, import_
from sortlang.reading import reason
from sortlang.report import report
from sortlang.source import Source


@click.command()
@click.argument("kind", type=click.Choice(sorted(BY_NAME)))
@click.argument("file")
@click.option("-o", "--output", metavar="OUT", help="Write there instead of to standard output; never over a file.")
def command(kind: str, file: str, output: str | None) -> None:
    """Make a rules file of FILE, the configuration of another program; `-` is standard input.

    What means something else here, or has no counterpart, is said on standard error, and in the file, in a comment with
    the line of FILE. Passwords are not copied.

    \b
    Exit status: 0 done, 1 done, but a part of FILE was not understood, 2 a file could not be read or written.
    """
    text, found = import_(kind, _source(file))
    _write(format(Source("", text)), output)
    if found:
        click.echo(report(found), err=True)
    sys.exit(int(has_errors(found)))


def _source(file: str) -> Source:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except (OSError, ValueError) as why:
        raise _refused(file, "read", why) from None
    return Source("<stdin>" if file == "-" else file, decoded(content))


def _write(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with Path(output).open("x", encoding="utf-8") as file:
            file.write(text)
    except (OSError, ValueError) as why:
        raise _refused(output, "written", why) from None


def _refused(file: str, done: str, why: OSError | ValueError) -> click.ClickException:
    return _Refused(f"{file} cannot be {done}: {reason(why) if isinstance(why, OSError) else 'this is no file name'}")


class _Refused(click.ClickException):
    exit_code = 2
