"""Amend: a Program whose text has other plain lines in one place."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from sortlang.build import build
from sortlang.check import errors
from sortlang.digest import share, shown
from sortlang.program import Program
from sortlang.rules import Rule
from sortlang.runs.bulk import Bulk
from sortlang.runs.rule import plain
from sortlang.runs.run import starts
from sortlang.runs.sorts import Sorts
from sortlang.runs.splice import Window, lines_of, without
from sortlang.source import Source, Span
from sortlang.syntax.parse import skim

WIDEST, MOST = 1 << 16, 2_000
"""Letters in which the texts may differ, and rules with a `*`, or of accounts, that are made anew."""


def amend(program: Program, old: Source, new: Source) -> Program | None:
    """What compiling gives if the text of its source `old` becomes `new`; None: only compiling tells.

    Of use if one line in very many was edited. Both texts must be alike but for exact `sort` rules, lines of the same
    kind right above them, and below them too or the end of the file. A program that has errors is None, too.
    """
    rules, sorts = program.rules, program.rules.sorts
    if (
        not isinstance(sorts, Sorts)
        or sum(map(len, (sorts.written, rules.copies, rules.transports, rules.lists))) > MOST
    ):
        return None
    window = Window.of(old, new)
    lines = lines_of(sorts.bulk, window) if window.end - window.start <= WIDEST else None
    added = _added(window) if lines else None
    if lines is None or added is None:
        return None
    bulk = without(sorts.bulk, lines, window)
    if _again(added, program, bulk):
        return None
    amended = replace(
        build(replace(_moved(replace(rules, sorts=()), window.span), sorts=_sorts(sorts, added, bulk, window))),
        digested=shown(program.total + share(added) - share(map(sorts.bulk.__getitem__, range(*lines)))),
    )
    return None if errors(amended) else amended


def _added(window: Window) -> list[Rule] | None:
    """The rules that stand in it now; None if it has anything but plain lines of exact rules."""
    text = window.new.text[window.start : window.stop]
    if len(text) > WIDEST or not _plain(text):
        return None
    places = starts(text.splitlines(keepends=True), window.start)
    rules = [rule for each in places if (rule := plain(window.new, each)) and rule.kind == "sort"]
    return rules if len(rules) == len(places) and not any("*" in str(each) for each in rules) else None


def _plain(text: str) -> bool:
    """Whether the parser sees one run in it, or nothing."""
    tree, found = skim(Source("", text))
    beside = found or tree.comments or tree.statements
    return not text or (not beside and tree.runs == ((0, len(text.removesuffix("\n").removesuffix("\r"))),))


def _again(added: Sequence[Rule], program: Program, bulk: Bulk) -> bool:
    """Whether an address of theirs has another rule."""
    addresses = [str(each.pattern) for each in added]
    exact = program.sorts[None].exact
    return len(set(addresses)) < len(added) or any(each in exact or bulk.find(each) >= 0 for each in addresses)


def _sorts(sorts: Sorts, added: Sequence[Rule], bulk: Bulk, window: Window) -> Sorts:
    """All of them, in the order of the text."""
    first, last = bulk.gone
    written = _moved(sorts.written, window.span)
    before = [each if each < last else each + first - last for each in sorts.before]
    here = bisect_left(sorts.before, first)
    written = (*written[:here], *added, *written[here:])
    return Sorts(written, (*before[:here], *([first] * len(added)), *before[here:]), bulk)


def _moved(value: Any, span: Callable[[Span], Span]) -> Any:
    """The same value, every place in it where it stands now."""
    if isinstance(value, Span):
        return span(value)
    if isinstance(value, tuple):
        return tuple(_moved(each, span) for each in value)
    if isinstance(value, dict):
        return {key: _moved(each, span) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _moved(getattr(value, each.name), span) for each in fields(value)})
    return value
