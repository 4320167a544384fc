"""A block: its settings read, each thing said once."""

from collections.abc import Iterable
from dataclasses import field
from itertools import pairwise
from typing import Any

from sortlang import statement as kinds
from sortlang.diagnostic import Diagnostic, Fix, Related, error
from sortlang.frozen import frozen
from sortlang.mistake import attempt, mistake
from sortlang.settings import BY_NAME, Block, Setting, names
from sortlang.source import Span
from sortlang.suggest import closest, did_you_mean, respelled
from sortlang.syntax.tree import Statement


@frozen
class Facet:
    """What one setting says about one thing, and where."""

    value: Any = field(repr=False)
    setting: str
    span: Span = field(compare=False)


@frozen
class Said:
    """What a block says, by facet; `tried` are the settings it has, also those that could not be read."""

    facets: dict[str, Facet]
    tried: frozenset[str]


def said(block: Block, settings: Iterable[Statement], found: list[Diagnostic]) -> Said:
    """What the settings say; what is unknown, misplaced, wrong or said twice joins `found`."""
    facets: dict[str, Facet] = {}
    tried: set[str] = set()
    for statement in settings:
        tried |= _tried(block, statement)
        if setting := attempt(found, _known, block, statement):
            _add(facets, setting, statement, found)
    return Said(facets, frozenset(tried))


def _tried(block: Block, statement: Statement) -> set[str]:
    """The settings that a statement is, or was meant to be; after a missing `;` several."""
    word = statement.keyword.text
    swallowed = (each.text for item in statement.left for each in item.values if each.kind == "word")
    return {word if word in BY_NAME else closest(word, names(block)), *(each for each in swallowed if each in BY_NAME)}


def _known(block: Block, statement: Statement) -> Setting:
    word, span = statement.keyword.text, statement.keyword.span
    setting = BY_NAME.get(word)
    if setting is None and word in kinds.BY_NAME:
        raise mistake("misplaced-word", f"`{word}` cannot stand in `{block}`", span, "move it out of the block")
    if setting is None:
        hint, fix = did_you_mean(word, names(block)), respelled(span, names(block))
        raise mistake("unknown-setting", f"`{word}` is no setting", span, hint, fix)
    if block not in setting.blocks:
        home = " and ".join(f"`{each}`" for each in setting.blocks)
        raise mistake("misplaced-word", f"`{word}` cannot stand in `{block}`", span, f"it belongs in {home}")
    if statement.shape != "setting":
        raise mistake("wrong-shape", f"this is not how `{word}` is written", span, f"write `{setting.usage};`")
    return setting


def _add(facets: dict[str, Facet], setting: Setting, statement: Statement, found: list[Diagnostic]) -> None:
    problems: list[Diagnostic] = []
    read = attempt(problems, setting.read, statement) or {}
    found.extend(problems and (_run_on(statement) or problems))
    twice = next((facets[name] for name in read if name in facets), None)
    if twice:
        first = (Related(twice.span, "said first here"),)
        found.append(
            error(
                "setting-twice", f"`{setting.name}` says this a second time", statement.span, "keep one of them", first
            )
        )
        return
    facets.update({name: Facet(value, setting.name, statement.span) for name, value in read.items()})


def _run_on(statement: Statement) -> list[Diagnostic]:
    """A setting that could not be read for want of a `;`: the next one is among its values."""
    values = [value for item in statement.left for value in item.values]
    for before, value in pairwise(values):
        if value.kind == "word" and value.text in BY_NAME:
            place = Span(before.span.source, before.span.end, before.span.end)
            fix = Fix.of("insert `;`", place, ";")
            return [error("syntax-error", f"expected `;` before `{value.text}`", place, "insert `;`", fix=fix)]
    return []
