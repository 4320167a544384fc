"""`sortlang check`: what is wrong with rules files."""

import sys
from collections.abc import Sequence

import click

from sortlang.compile import compile
from sortlang.diagnostic import Diagnostic, Diagnostics, error, in_order
from sortlang.doors.roots import roots
from sortlang.mend import Mended, Root, mend
from sortlang.reading import reason
from sortlang.report import FORMATS, report
from sortlang.reports.screen import visible
from sortlang.source import Source, Span


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@click.option("--fix", is_flag=True, help="Mend what can be mended without sending any mail elsewhere.")
@click.option("--diff", is_flag=True, help="Change nothing, and show what --fix would change.")
def command(paths: tuple[str, ...], form: str, strict: bool, fix: bool, diff: bool) -> None:
    """Say what is wrong with rules files.

    PATH is a file, a directory (all *.sort files in it and below), or `-`: standard input.

    \b
    Exit status: 0 no errors, 1 errors (with --strict warnings too, with --diff something to mend),
    2 a file could not be read or written.
    """
    checked, found = roots(paths)
    if diff:
        _differ(mend(checked), found)
    if fix:
        mended = mend(checked)
        found = (*found, *mended.found, *_written(mended))
    else:
        found = (*found, *(each for root in checked for each in compile(root.source, root.read)[1]))
    _show(in_order(found), form, checked, fix, paths == ("-",))
    sys.exit(_status(found, strict))


def _differ(mended: Mended, found: Diagnostics) -> None:
    """Shows what would change, and ends the command."""
    from sortlang.reports.difference import difference  # only for who wants things mended

    for old, new in mended.changed:
        click.echo(difference(old, new, "mended"))
    if found:
        click.echo(report(found), err=True)
    sys.exit(2 if found else int(bool(mended.changed)))


def _written(mended: Mended) -> list[Diagnostic]:
    """Writes the files that changed, and shows how; a finding for each that could not be written."""
    from sortlang.reports.difference import difference  # as above

    problems: list[Diagnostic] = []
    for old, new in mended.changed:
        click.echo(difference(old, new, "mended"), err=True)
        try:
            _write(new)
        except OSError as why:
            clause = f"cannot write the file: {reason(why)}"
            problems.append(error("unwritable-file", clause, Span(Source(old.name, ""), 0, 0)))
    if mended.mended and not problems:
        click.echo(_summary(mended), err=True)
    return problems


def _write(source: Source) -> None:
    if source.name == "<stdin>":
        click.echo(source.text.encode("utf-8"), nl=False)
    else:
        from sortlang.doors.replace import rewrite  # as above

        rewrite(source.name, source.text)


def _summary(mended: Mended) -> str:
    """`mended 2 findings: mail.sort:3: redundant-rule: remove the statement, …`."""
    count = len(mended.mended)
    lines = (f"  {each.span}: {each.name}: {each.fix.title}" for each in mended.mended if each.fix)
    return "\n".join((f"mended {count} finding{'s' * (count != 1)}", *map(visible, lines)))


def _show(found: Diagnostics, form: str, checked: Sequence[Root], fix: bool, piped: bool) -> None:
    """The report; on standard error when standard output is the mended file."""
    files = [each.source.name for each in checked]
    shown = report(found, form, files)
    if form == "text" and not found:
        shown = f"no findings in {len(files)} file{'s' * (len(files) != 1)}"
    if form == "text" and not fix and (count := sum(each.fix is not None for each in found)):
        shown += f", {count} of them with a fix: `sortlang check --fix`"
    if shown:
        click.echo(shown, err=fix and piped)


def _status(found: Diagnostics, strict: bool) -> int:
    if any(each.name in ("unreadable-file", "unwritable-file") for each in found):
        return 2
    return 1 if any(strict or each.is_error for each in found) else 0
