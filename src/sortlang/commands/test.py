"""`sortlang test`: whether the rules do what their files expect of them."""

import sys
from collections.abc import Sequence
from functools import reduce
from pathlib import Path

import click

from sortlang.compile import compile
from sortlang.coverage import coverage
from sortlang.diagnostic import Diagnostics
from sortlang.doors.roots import roots
from sortlang.expectations.verdict import Verdict
from sortlang.gap import Coverage
from sortlang.mail.message import HEAD_LIMIT
from sortlang.mutants.mutant import Mutation
from sortlang.program import Program
from sortlang.report import report
from sortlang.reports import gaps, mutations, verdicts
from sortlang.test import test

Tested = tuple[Program, tuple[Verdict, ...]]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--coverage", "covered", is_flag=True, help="Say which rules no expectation reaches.")
@click.option("--min", "least", type=click.IntRange(0, 100), help="So many percent of the rules must be reached.")
@click.option("--mutate", "mutated", is_flag=True, help="Say which mistakes in the rules no expectation notices.")
@click.option("--format", "form", type=click.Choice(["text", "json", "junit"]), default="text", show_default=True)
def command(paths: tuple[str, ...], covered: bool, least: int | None, mutated: bool, form: str) -> None:
    """Try every `expect` in rules files.

    PATH is a file, a directory (all *.sort files in it and below), or `-`: standard input.

    \b
    Exit status: 0 all expectations hold, 1 some do not (or --min is not reached),
    2 a file could not be read, has errors, or names a message that could not be read.
    """
    tested, errors = _tested(paths)
    found = tuple(each for _, verdicts in tested for each in verdicts)
    reached = _coverage(tested) if covered or least is not None else None
    mutation = _mutation(tested) if mutated else None
    _show(form, found, reached, mutation)
    if errors:
        click.echo(report(errors), err=True)
    sys.exit(_status(found, errors, reached, least))


def _tested(paths: Sequence[str]) -> tuple[list[Tested], Diagnostics]:
    """Each program with its verdicts; the errors of those that are none."""
    found, errors = roots(paths)
    tested: list[Tested] = []
    for root in found:
        program, findings = compile(root.source, root.read)
        if program:
            tested.append((program, test(program, read)))
        else:
            errors += tuple(each for each in findings if each.is_error)
    return tested, errors


def read(name: str) -> bytes:
    """The header of a message in a file; raises OSError."""
    with Path(name).expanduser().open("rb") as file:
        return file.read(HEAD_LIMIT + 1)


def _coverage(tested: Sequence[Tested]) -> Coverage:
    """That of all programs together."""
    parts = (coverage(program, found) for program, found in tested)
    return reduce(lambda one, other: Coverage(one.count + other.count, one.gaps + other.gaps), parts, Coverage(0, ()))


def _mutation(tested: Sequence[Tested]) -> Mutation:
    from sortlang.mutate import mutate  # a check of its own, which few ask for

    return reduce(_together, (mutate(program, found, read) for program, found in tested), Mutation(0, 0, 0, ()))


def _together(one: Mutation, other: Mutation) -> Mutation:
    counts = (one.possible + other.possible, one.tried + other.tried, one.alike + other.alike)
    return Mutation(*counts, one.survivors + other.survivors)


def _show(form: str, found: Sequence[Verdict], reached: Coverage | None, mutation: Mutation | None) -> None:
    """Programs that read JUnit know nothing of the rest: it goes to standard error."""
    if form == "json":
        from sortlang.reports import verdicts_json  # no other format waits for it

        click.echo(verdicts_json.render(found, reached, mutation))
        return
    click.echo(_junit(found) if form == "junit" else verdicts.render(found))
    for part in _parts(reached, mutation):
        click.echo(f"\n{part}", err=form == "junit")


def _junit(found: Sequence[Verdict]) -> str:
    from sortlang.reports.verdicts_junit import render  # with it comes XML

    return render(found)


def _parts(reached: Coverage | None, mutation: Mutation | None) -> list[str]:
    return [*([gaps.render(reached)] if reached else []), *([mutations.render(mutation)] if mutation else [])]


def _status(found: Sequence[Verdict], errors: Diagnostics, reached: Coverage | None, least: int | None) -> int:
    if errors or any(each.trouble for each in found):
        return 2
    short = reached is not None and least is not None and reached.percent < least
    return 1 if short or any(not each.holds for each in found) else 0
