"""The grammar as Lark reads it: one file, built once."""

import re
from functools import cache
from pathlib import Path

from lark import Lark

from sortlang.syntax.shapes import Shapes

FILE = "sortlang.lark"


@cache
def grammar() -> Lark:
    """The LALR parser of a rules file; it makes Statements as it reduces. Built at the first call, about 20 ms."""
    return Lark(
        text(),
        parser="lalr",
        lexer="basic",
        start=["file", "lexis"],
        maybe_placeholders=False,
        transformer=Shapes(),
    )


def text() -> str:
    """The grammar's text: beside this module in a wheel, at the top of the repository in a checkout."""
    here = Path(__file__).resolve()
    places = (here.with_name(FILE), here.parents[3] / "grammar" / FILE)
    return next((each for each in places if each.is_file()), places[0]).read_text(encoding="utf-8")


@cache
def lexer(runs: bool = False) -> re.Pattern[str]:
    """All terminals, `RUN` only for `runs`, as one expression, a group for each, white space before it skipped.

    Lark's own lexer counts lines and copies text for every token; offsets are all we need.
    Lark's order is kept: priority, then length; so `test_lexis` holds this against `Lark.lex`.
    """
    terminals = {each.name: each for each in grammar().terminals}
    blank = terminals.pop("WS").pattern.to_regexp()
    if not runs:
        terminals.pop("RUN")
    order = sorted(
        terminals.values(),
        key=lambda each: (-each.priority, -each.pattern.max_width, -len(each.pattern.value), each.name),
    )
    groups = "|".join(f"(?P<{each.name}>{each.pattern.to_regexp()})" for each in order)
    return re.compile(f"(?:{blank})?+(?:{groups})")
