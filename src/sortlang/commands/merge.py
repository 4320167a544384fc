"""`sortlang merge`: two changes of one file, merged by what they say."""

import sys
from pathlib import Path

import click

from sortlang.compile import compile_quietly
from sortlang.diagnostic import Diagnostics
from sortlang.doors.git import GitFailed, merged_as_text
from sortlang.files import read, reader
from sortlang.merge import MARKER, Merged, Unmergeable, merge
from sortlang.program import Program
from sortlang.reading import reason
from sortlang.report import report
from sortlang.sift import whole
from sortlang.source import Source
from sortlang.syntax.parse import skim
from sortlang.syntax.tree import Tree
from sortlang.values.utf8 import undecoded

CONFLICT, UNUSABLE = 1, 2


@click.command()
@click.argument("base")
@click.argument("ours")
@click.argument("theirs")
@click.option("-o", "--output", metavar="OUT", help="Where to write the result; without it standard output.")
@click.option("--path", metavar="PATH", help="What the file is called, to find what it includes.  [default: OURS]")
@click.option("--marker-size", "marker", type=click.IntRange(3, 100), default=MARKER, show_default=True, metavar="N")
def command(base: str, ours: str, theirs: str, output: str | None, path: str | None, marker: int) -> None:
    """Merge what OURS and THEIRS changed since BASE. The result keeps the layout of OURS.

    The order of statements means nothing: only two different answers for one pattern or setting are a conflict.
    Files that cannot be read as rules are merged as text, by git.

    \b
    Exit status: 0 merged, 1 there are conflicts, which are marked, 2 a file could not be read or written.
    """
    sources = [_source(each) for each in (base, ours, theirs)]
    try:
        found = _merged(sources, path or ours, marker)
        _write(found.text, output)
    except (OSError, GitFailed) as why:
        click.echo(f"cannot merge: {reason(why) if isinstance(why, OSError) else why}", err=True)
        sys.exit(UNUSABLE)
    _tell(found, path or ours)
    sys.exit(CONFLICT if found.conflicts else 0)


def _source(name: str) -> Source:
    source, found = read(name)
    if source is None:
        click.echo(report(found), err=True)
        sys.exit(UNUSABLE)
    return source


def _merged(sources: list[Source], name: str, marker: int) -> Merged:
    base, ours, theirs = sources
    try:
        for each in sources:
            if found := undecoded(each):
                raise Unmergeable(each, found)
        return merge(base, ours, theirs, _parsed, lambda source: _compiled(source, name), marker)
    except Unmergeable as why:
        told = report(why.found) if why.found else "it says one thing twice, differently"
        click.echo(f"{why.source.name} is merged as text: {told}", err=True)
        text, conflicts = merged_as_text(base.name, ours.name, theirs.name, marker)
        return Merged(text, conflicts, proved=False)


def _parsed(source: Source) -> tuple[Tree, Diagnostics]:
    tree, found = skim(source)
    return whole(tree), found


def _compiled(source: Source, name: str) -> Program | None:
    """With what it includes, as that is now."""
    named = Source(name, source.text)
    return compile_quietly(named, reader(named))[0]


def _write(text: str, output: str | None) -> None:
    content = text.encode("utf-8", "surrogateescape")
    if output is None:
        click.echo(content, nl=False)
    else:
        Path(output).write_bytes(content)


def _tell(found: Merged, name: str) -> None:
    """To whoever merges: git shows it."""
    if found.conflicts:
        click.echo(f"{name}: {found.conflicts} conflict{'s' * (found.conflicts != 1)}", err=True)
    elif not found.proved:
        click.echo(f"{name}: merged, but not proved: check it", err=True)
