"""`sortlang format`: rules files in the house style."""

import sys

import click

from sortlang.diagnostic import Diagnostic, Diagnostics, error
from sortlang.files import below, read, read_open
from sortlang.format import format
from sortlang.frozen import frozen
from sortlang.reading import reason
from sortlang.report import report
from sortlang.reports.screen import visible
from sortlang.sift import whole
from sortlang.source import Source, Span
from sortlang.syntax.parse import skim
from sortlang.values.utf8 import undecoded


@frozen
class _Result:
    """One file: as it is, as it should be (None: it cannot be read), what is wrong with it."""

    source: Source
    text: str | None
    found: Diagnostics = ()

    @property
    def changed(self) -> bool:
        return self.text not in (None, self.source.text)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--check", is_flag=True, help="Change nothing, and say which files would be.")
@click.option("--diff", is_flag=True, help="Change nothing, and show what would be.")
def command(paths: tuple[str, ...], check: bool, diff: bool) -> None:
    """Lay out rules files anew: white space and block brackets change, nothing else.

    PATH is a file, a directory (all *.sort files in it and below), or `-`: standard input, written to standard output.
    Files with syntax errors are left as they are.

    \b
    Exit status: 0 done, 1 with --check or --diff a file would change, 2 a file could not be read or written.
    """
    results = [_written(each, check or diff) for each in map(_formatted, below(paths))]
    for each in results:
        _say(each, check, diff)
    if not (diff or paths == ("-",)):
        click.echo(_summary(results, check))
    if found := tuple(every for each in results for every in each.found):
        click.echo(report(found), err=True)
    sys.exit(2 if found else int((check or diff) and any(each.changed for each in results)))


def _formatted(path: str) -> _Result:
    source, found = read_open(sys.stdin.buffer, "<stdin>") if path == "-" else read(path)
    if source is None:
        return _Result(Source(path, ""), None, found)
    tree, found = skim(source)
    if found := undecoded(source) or tuple(each for each in found if each.is_error):
        return _Result(source, None, found)
    text = format(source)
    assert whole(skim(Source(source.name, text))[0]) == whole(tree), "formatting changed the meaning of a file"
    return _Result(source, text)


def _written(result: _Result, only_look: bool) -> _Result:
    if only_look or not result.changed or result.source.name == "<stdin>":
        return result
    assert result.text is not None
    from sortlang.doors.replace import rewrite  # only for who has files to change

    try:
        rewrite(result.source.name, result.text)
    except OSError as why:
        return _Result(result.source, None, (_unwritable(result.source, why),))
    return result


def _unwritable(source: Source, why: OSError) -> Diagnostic:
    return error("unwritable-file", f"cannot write the file: {reason(why)}", Span(source, 0, 0))


def _say(result: _Result, check: bool, diff: bool) -> None:
    name = result.source.name
    if diff and result.changed:
        from sortlang.reports.difference import difference  # as above

        click.echo(difference(result.source, Source(name, result.text or ""), "formatted"))
    elif check and result.changed:
        click.echo(f"would format {visible(name)}")
    elif name == "<stdin>" and result.text is not None and not (check or diff):
        click.echo(result.text.encode("utf-8"), nl=False)


def _summary(results: list[_Result], check: bool) -> str:
    """`1 file formatted, 2 left as they are`."""
    changed = sum(each.changed for each in results)
    same = sum(each.text is not None for each in results) - changed
    verb = "to format" if check else "formatted"
    counts = [f"{changed} file{'s' * (changed != 1)} {verb}"] if changed or not same else []
    counts += [f"{same} left as {'it is' if same == 1 else 'they are'}"] if same else []
    return ", ".join(counts)
