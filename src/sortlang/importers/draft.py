"""A draft: what a configuration becomes, and what there is to say of it."""

import re
from collections.abc import Iterable
from dataclasses import field, replace

from sortlang.diagnostic import Diagnostic, Diagnostics, Severity
from sortlang.frozen import frozen
from sortlang.source import Span

CHANGED, DROPPED, UNREAD = "import-changed", "import-dropped", "import-unread"


@frozen
class Line:
    """A setting or a transport, without the `;` at its end; `notes` are written above it."""

    text: str
    notes: Diagnostics = ()


@frozen
class Sort:
    """`sort PATTERN -> TARGETS`; both as texts that the language takes. A rule that is `off` becomes a comment."""

    pattern: str
    targets: tuple[str, ...]
    notes: Diagnostics = ()
    description: str = ""
    off: bool = False
    span: Span | None = field(compare=False, default=None)


@frozen
class Transport:
    """`transport PATTERN -> WAY`."""

    pattern: str
    way: str
    notes: Diagnostics = ()
    span: Span | None = field(compare=False, default=None)


@frozen
class Secret:
    """The password of an account, or the place where there is none: what it is, the draft never holds."""

    span: Span
    stood: bool


@frozen
class Block:
    """`account "name" < lines, rules >`. The `secret` becomes a `password env` line, apart from all others'."""

    name: str
    secret: Secret | None = None
    lines: tuple[Line, ...] = ()
    rules: tuple[Sort, ...] = ()
    notes: Diagnostics = ()
    description: str = ""


@frozen
class Draft:
    """A whole file. `notes` are about what belongs to none of its parts."""

    notes: Diagnostics = ()
    defaults: tuple[Line, ...] = ()
    accounts: tuple[Block, ...] = ()
    rules: tuple[Sort, ...] = ()
    transports: tuple[Transport, ...] = ()


def changed(span: Span, message: str, hint: str = "") -> Diagnostic:
    """Something that is carried over and means something else here."""
    return Diagnostic(CHANGED, Severity.WARNING, message, span, hint)


def dropped(span: Span, message: str, hint: str = "") -> Diagnostic:
    """Something that has no counterpart here."""
    return Diagnostic(DROPPED, Severity.WARNING, message, span, hint)


def unread(span: Span, message: str, hint: str = "") -> Diagnostic:
    """Something that could not be understood; the file that comes out lacks it."""
    return Diagnostic(UNREAD, Severity.ERROR, message, span, hint)


def settled(draft: Draft) -> Draft:
    """The draft with one rule for each pattern, one transport too, and accounts and variables that differ."""
    names = _apart([each.name for each in draft.accounts], " ")
    variables = _apart([_variable(each) for each in names], "_")
    accounts = zip(draft.accounts, names, variables, strict=True)
    return replace(
        draft,
        accounts=tuple(_account(each, name, variable) for each, name, variable in accounts),
        rules=_rules(draft.rules),
        transports=_transports(draft.transports),
    )


def findings(draft: Draft) -> Diagnostics:
    """All that is said anywhere in the draft."""
    parts: list[Line | Block | Sort | Transport] = [*draft.defaults, *draft.accounts, *draft.rules, *draft.transports]
    for each in draft.accounts:
        parts += [*each.lines, *each.rules]
    return draft.notes + tuple(note for part in parts for note in part.notes)


def _apart(names: Iterable[str], joint: str) -> list[str]:
    """The names, each second one that is the same with a number behind it."""
    taken: set[str] = set()
    apart: list[str] = []
    for each in names:
        name, count = each, 1
        while name in taken:
            count += 1
            name = f"{each}{joint}{count}"
        taken.add(name)
        apart.append(name)
    return apart


def _variable(name: str) -> str:
    """The environment variable for an account's password."""
    return re.sub(r"[^A-Z0-9]+", "_", f"{name[:100]} PASSWORD".upper()).lstrip("0123456789_")


def _account(block: Block, name: str, variable: str) -> Block:
    lines = list(block.lines)
    if block.secret:
        said = "the password stands here and is not copied" if block.secret.stood else "no password stands here"
        note = changed(block.secret.span, said, f"put it into the variable {variable}")
        place = next((i + 1 for i, each in enumerate(lines) if each.text.startswith("user ")), len(lines))
        lines.insert(place, Line(f'password env "{variable}"', (note,)))
    return replace(block, name=name, secret=None, lines=tuple(lines), rules=_rules(block.rules))


def _rules(rules: Iterable[Sort]) -> tuple[Sort, ...]:
    """Two rules for one pattern are one to all of their targets: here an address has one rule, wherever it stands."""
    merged: dict[tuple[str, bool], Sort] = {}
    for each in rules:
        if not each.pattern:  # it could not be read, and there is only something to be said
            merged[("", False)] = replace(each, notes=merged.get(("", False), each).notes + each.notes)
            continue
        key = (each.pattern, each.off)
        merged[key] = _both(merged[key], each) if key in merged else each
    return tuple(merged.values())


def _both(first: Sort, again: Sort) -> Sort:
    targets = tuple(dict.fromkeys(first.targets + again.targets))
    if len(targets) > 1:  # `discard` and `keep` stand alone
        targets = tuple(each for each in targets if each not in ("discard", "keep")) or targets[:1]
    notes = first.notes + again.notes
    if targets != first.targets and again.span:
        notes += (changed(again.span, f"a second rule for `{first.pattern}` joins the first, as one rule to both"),)
    description = "\n".join(dict.fromkeys(each for each in (first.description, again.description) if each))
    return replace(first, targets=targets, notes=notes, description=description)


def _transports(transports: Iterable[Transport]) -> tuple[Transport, ...]:
    """One for each pattern; a second one that differs is said to be lost."""
    kept: dict[str, Transport] = {}
    for each in transports:
        first = kept.setdefault(each.pattern, each)
        if first.way != each.way and each.span:
            lost = dropped(each.span, f"`{each.pattern}` is delivered in another way already, so `{each.way}` is not")
            kept[each.pattern] = replace(first, notes=(*first.notes, lost))
    return tuple(kept.values())
