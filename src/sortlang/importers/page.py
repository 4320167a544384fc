"""A page: the text of a draft, every remark above the line it is about."""

from collections.abc import Iterable, Iterator
from textwrap import wrap

from sortlang.diagnostic import Diagnostic, Diagnostics
from sortlang.importers.draft import Block, Draft, Line, Sort, Transport
from sortlang.importers.spelling import plain, printable, quoted

WIDTH = 96


def page(draft: Draft, title: str) -> str:
    """The draft as text, its parts with a blank line between them. A remark says the line of the input.

    Remarks are never the line right above a statement that takes such a line for its description.
    """
    parts = [
        _comment(title),
        *(_remarks(draft.notes),),
        list(_block("defaults", draft.defaults)) if draft.defaults else [],
        *(part for each in draft.accounts for part in _account(each)),
        *_rules(draft.rules),
        *_transports(draft.transports),
    ]
    return "\n\n".join("\n".join(each) for each in parts if each) + "\n"


def _account(block: Block) -> Iterator[list[str]]:
    yield _remarks(block.notes)
    lines = list(_block(f"account {quoted(block.name)}", block.lines))
    rules = [line for part in _rules(block.rules) if part for line in ("", *part)]
    yield [*_comment(block.description), *lines[:-1], *(f"    {each}".rstrip() for each in rules), lines[-1]]


def _block(head: str, lines: Iterable[Line]) -> Iterator[str]:
    yield f"{head} <"
    for each in lines:
        yield from (f"    {line}" for line in _remarks(each.notes))
        if each.text:
            yield f"    {each.text};"
    yield ">"


def _rules(rules: Iterable[Sort]) -> Iterator[list[str]]:
    """The remarks on the rules, those that are off, and the others."""
    rules = list(rules)
    yield _remarks(note for each in rules for note in each.notes)
    rules = [each for each in rules if each.pattern]
    yield [_rule(each) for each in rules if each.off]
    yield [line for each in rules if not each.off for line in (*_comment(each.description), _rule(each))]


def _rule(rule: Sort) -> str:
    off = "# " if rule.off else ""
    return f"{off}sort {plain(rule.pattern)} -> {', '.join(map(plain, rule.targets))};"


def _transports(transports: Iterable[Transport]) -> Iterator[list[str]]:
    transports = tuple(transports)
    yield _remarks(note for each in transports for note in each.notes)
    yield [f"transport {plain(each.pattern)} -> {each.way};" for each in transports]


def _remarks(notes: Iterable[Diagnostic] | Diagnostics) -> list[str]:
    return [line for note in dict.fromkeys(notes) for line in _comment(_said(note), "#   ")]


def _said(note: Diagnostic) -> str:
    return f"line {note.span.line}: {note.message}" + (f"; {note.hint}" if note.hint else "")


def _comment(text: str, further: str = "# ") -> list[str]:
    lines = [printable(each) for each in text.split("\n") if each.strip()]
    return [part for each in lines for part in wrap(each, WIDTH, initial_indent="# ", subsequent_indent=further)]
