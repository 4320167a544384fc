"""Lark's LALR table run two ways: to build, and only to ask."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple, cast

from sortlang.frozen import frozen
from sortlang.syntax.grammar import tables
from sortlang.syntax.lexeme import Lexeme
from sortlang.syntax.shapes import Fused, make
from sortlang.syntax.tree import Statement

END_OF_TEXT = "$END"

Stack = tuple[int, Any]
"""The machine's states, the topmost first: `(state, (state, …))`. Never changed, so a search may share it."""


Unrolled = Callable[[Lexeme], Iterable[Lexeme]]
"""The lexemes that a `RUN` stands for."""


def build(lexemes: Sequence[Lexeme]) -> list[Statement] | None:
    """The statements that the lexemes are; None if they are none."""
    return cast(list[Statement] | None, build_around(lexemes, lambda run: ()))


def build_around(lexemes: Sequence[Lexeme], unrolled: Unrolled) -> list[Statement | Lexeme] | None:
    """As `build`, the runs that stand where statements may stand as they are; others are unrolled."""
    table = _table()
    states: list[int] = [table.start]
    values: list[Any] = []
    try:
        for lexeme in lexemes:
            if _take(table, states, values, lexeme.type):
                values.append(lexeme)
            elif lexeme.type != "RUN" or not _all(table, states, values, unrolled(lexeme)):
                return None
        if not _take(table, states, values, END_OF_TEXT):
            return None
    except Fused:
        return None
    return cast(list[Statement | Lexeme], values[-1])


def accepts(lexemes: Sequence[Lexeme]) -> bool:
    """Whether they are statements by their terminals alone; quicker than to build in vain."""
    stack, taken = run(each.type for each in lexemes)
    return taken == len(lexemes) and after(stack, END_OF_TEXT) is not None


def start() -> Stack:
    """The machine before the first lexeme."""
    return (_table().start, None)


def after(stack: Stack, kind: str) -> Stack | None:
    """The machine after a terminal, `$END` included; None if it cannot stand there."""
    table = _table()
    while True:
        action = table.actions[stack[0]].get(kind)
        if action is None:
            return None
        if action.make is None:
            return (action.state, stack)
        for _ in range(action.size):
            stack = stack[1]
        stack = (table.actions[stack[0]][action.name].state, stack)
        if stack[0] == table.end:
            return stack


def run(kinds: Iterable[str]) -> tuple[Stack, int]:
    """The machine as far as it goes, and how many terminals it took."""
    stack, taken = start(), 0
    for kind in kinds:
        further = after(stack, kind)
        if further is None:
            break
        stack, taken = further, taken + 1
    return stack, taken


def expected(stack: Stack) -> frozenset[str]:
    """The terminals that may come next."""
    kinds = _table().actions[stack[0]]
    return frozenset(each for each in kinds if each.isupper() and after(stack, each) is not None)


class _Action(NamedTuple):
    """Shift to `state`; or, if there is `make`, reduce the topmost `size` values by it to what is called `name`."""

    state: int
    size: int = 0
    name: str = ""
    make: Callable[[list[Any]], Any] | None = None


@frozen
class _Table:
    actions: Mapping[int, Mapping[str, _Action]]
    start: int
    end: int


def _all(table: _Table, states: list[int], values: list[Any], lexemes: Iterable[Lexeme]) -> bool:
    for lexeme in lexemes:
        if not _take(table, states, values, lexeme.type):
            return False
        values.append(lexeme)
    return True


def _take(table: _Table, states: list[int], values: list[Any], kind: str) -> bool:
    """Reduces until `kind` can be shifted, or all is read; False if it cannot stand here."""
    actions = table.actions
    while True:
        action = actions[states[-1]].get(kind)
        if action is None:
            return False
        state, size, name, make = action
        if make is None:
            states.append(state)
            return True
        parts: list[Any] = []
        if size:
            parts = values[-size:]
            del states[-size:], values[-size:]
        state = actions[states[-1]][name].state
        states.append(state)
        values.append(make(parts))
        if state == table.end:
            return True


@cache
def _table() -> _Table:
    """The grammar's, its rules already looked up."""
    known = tables()
    reductions = [_Action(-1, size, name, _maker(name, inlined)) for name, size, inlined in known.rules]

    def action(step: int) -> _Action:
        return _Action(step) if step >= 0 else reductions[-1 - step]

    actions = {state: {kind: action(step) for kind, step in each.items()} for state, each in enumerate(known.actions)}
    return _Table(actions, known.start, known.end)


def _maker(rule: str, inlined: Collection[int]) -> Callable[[list[Any]], Any]:
    if not inlined:
        return partial(make, rule)

    def maker(parts: list[Any]) -> Any:
        flat: list[Any] = []
        for at, part in enumerate(parts):
            if at in inlined:
                flat += part
            else:
                flat.append(part)
        return make(rule, flat)

    return maker
