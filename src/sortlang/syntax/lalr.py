"""Lark's LALR machine run two ways: to build, and only to ask."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, cast

from lark import Token, UnexpectedToken
from lark.parsers.lalr_analysis import Shift

from sortlang.syntax.grammar import grammar
from sortlang.syntax.lexeme import Lexeme
from sortlang.syntax.shapes import Fused
from sortlang.syntax.tree import Statement

EOF_TYPE = "$END"

Stack = tuple[int, Any]
"""The machine's states, the topmost first: `(state, (state, …))`. Never changed, so a search may share it."""


def build(lexemes: Sequence[Lexeme]) -> list[Statement] | None:
    """The statements that the lexemes are; None if they are none."""
    state = _fresh().copy(deepcopy_values=False)
    feed = state.feed_token
    try:
        for lexeme in lexemes:
            feed(cast(Token, lexeme))
        return cast(list[Statement], feed(Token(EOF_TYPE, ""), is_end=True))
    except (UnexpectedToken, Fused):
        return None


def start() -> Stack:
    """The machine before the first lexeme."""
    return (_table().start_states["file"], None)


def after(stack: Stack, kind: str) -> Stack | None:
    """The machine after a terminal, `$END` included; None if it cannot stand there."""
    states = _table().states
    while True:
        action, value = states[stack[0]].get(kind, (None, None))
        if action is None:
            return None
        if action is Shift:
            return (value, stack)
        for _ in value.expansion:
            stack = stack[1]
        stack = (states[stack[0]][value.origin.name][1], stack)
        if kind == EOF_TYPE and stack[0] == _table().end_states["file"]:
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
    kinds = _table().states[stack[0]]
    return frozenset(each for each in kinds if each.isupper() and after(stack, each) is not None)


@cache
def _fresh() -> Any:
    return grammar().parse_interactive("", start="file").parser_state


def _table() -> Any:
    return _fresh().parse_conf.parse_table
