"""Groups: names for several targets, groups within groups followed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from sortlang.diagnostic import Diagnostic, Related, error
from sortlang.mistake import attempt, mistake
from sortlang.rules import Group
from sortlang.source import Span
from sortlang.syntax.tree import Item, Statement
from sortlang.values.plain import shown, single
from sortlang.values.target import WORDS, addresses

Groups = Mapping[str, Group]


def groups(statements: Iterable[Statement], rules: Iterable[Statement], found: list[Diagnostic]) -> Groups:
    """The groups by name. One that cannot be read has no targets, so that who names it is not blamed, too.

    `rules` are the statements that may name groups, those inside accounts among them.
    """
    first: dict[str, Statement] = {}
    for each in statements:
        name = attempt(found, _name, each)
        if name is not None and first.setdefault(name, each) is not each:
            found.append(_duplicate(name, each, first[name]))
    circle = _circle(first)
    if circle:
        found.append(_cycle(circle, first))
        return {name: Group(name, (), span=header(each)) for name, each in first.items()}
    used = _used(first, rules)
    made: dict[str, Group] = {}
    for name in _inner_first(first):
        made[name] = _group(name, first[name], made, name in used, found)
    return made


def _name(statement: Statement) -> str:
    value = single(statement.left[0], "a group has one name")
    if value.text in WORDS or any(letter in '@*" ' for letter in value.text) or not value.text.isprintable():
        hint = "write `group sales = anna@example.com, ben@example.com;`"
        raise mistake("wrong-value", f"{shown(value)} cannot be the name of a group", value.span, hint)
    return value.text


def _group(name: str, statement: Statement, made: Groups, used: bool, found: list[Diagnostic]) -> Group:
    targets = attempt(found, addresses, statement.right, made) or ()
    return Group(name, targets, used, statement.description, span=header(statement))


def header(statement: Statement) -> Span:
    """`group name`, without what it stands for."""
    return statement.keyword.span.to(statement.left[0].span)


def _inner_first(first: Mapping[str, Statement]) -> Iterable[str]:
    """Each name behind those in its group; raises CycleError."""
    inner = {name: sorted(set(_words(first[name].right)) & first.keys()) for name in sorted(first)}
    return TopologicalSorter(inner).static_order()


def _circle(first: Mapping[str, Statement]) -> list[str]:
    """Groups of which each names the next and the last the first, the first in the alphabet first; or none."""
    try:
        list(_inner_first(first))
    except CycleError as cycle:
        circle: list[str] = cycle.args[1][:0:-1]
        start = circle.index(min(circle))
        return circle[start:] + circle[:start]
    return []


def _used(first: Mapping[str, Statement], rules: Iterable[Statement]) -> set[str]:
    """The groups that rules name, and those within them."""
    used: set[str] = set()
    waiting = [name for each in rules for name in _words(each.right)]
    while waiting:
        name = waiting.pop()
        if name in first and name not in used:
            used.add(name)
            waiting += _words(first[name].right)
    return used


def _words(items: Iterable[Item]) -> Iterator[str]:
    return (value.text for item in items for value in item.values)


def _cycle(names: Sequence[str], first: Mapping[str, Statement]) -> Diagnostic:
    path = " -> ".join(f"`{each}`" for each in (*names, names[0]))
    related = tuple(Related(header(first[each]), "and this one") for each in names[1:])
    return error("group-cycle", f"a group stands for itself: {path}", header(first[names[0]]), "leave one out", related)


def _duplicate(name: str, second: Statement, first: Statement) -> Diagnostic:
    related = (Related(header(first), "the first one"),)
    return error("duplicate-group", f"group `{name}` stands twice", header(second), "write all in one", related)
