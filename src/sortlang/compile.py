"""Compile: the whole compiler, in one screen."""

from sortlang.build import build
from sortlang.check import ALLOWABLE, check, errors
from sortlang.diagnostic import Diagnostics, has_errors, in_order
from sortlang.include import gather
from sortlang.program import Program
from sortlang.reading import Reader
from sortlang.resolve import resolve
from sortlang.sift import sift
from sortlang.source import Source
from sortlang.suppress import suppress
from sortlang.syntax.parse import skim


def compile(source: Source, read: Reader) -> tuple[Program | None, Diagnostics]:
    """Text to Program, and all there is to say about the text; with an error in it there is no Program.

    `read` gives the files that an `include` names. What is doubtful is looked for only where nothing is wrong.
    """
    trees, unparsed = gather(source, read, skim)
    trees, plain, bulk = sift(trees)
    rules, unresolved = resolve(trees, read, unparsed, plain, bulk)
    found = unparsed + unresolved
    if has_errors(found):
        return None, in_order(found)
    program = build(rules)
    found = suppress(trees, found + check(program), ALLOWABLE)
    return (None if has_errors(found) else program), in_order(found)


def compile_quietly(source: Source, read: Reader) -> tuple[Program | None, Diagnostics]:
    """As `compile`, with errors alone: for whoever would not show a warning, and should not wait for it."""
    trees, unparsed = gather(source, read, skim)
    trees, plain, bulk = sift(trees)
    rules, found = resolve(trees, read, unparsed, plain, bulk)
    found = tuple(each for each in unparsed + found if each.is_error)
    if found:
        return None, in_order(found)
    program = build(rules)
    found = errors(program)
    return (None if found else program), in_order(found)
