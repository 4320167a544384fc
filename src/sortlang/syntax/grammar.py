"""The grammar: what Lark makes of it, and the same from a file beside it."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from sortlang.frozen import frozen

if TYPE_CHECKING:
    from lark import Lark

FILE, TABLES = "sortlang.lark", "sortlang.json"


@frozen
class Tables:
    """All that reading needs of the grammar. `blank`: what the lexer skips; `terminals`: name and expression, by rank.

    `actions` of each state by what comes next: the state after it, or -1 - the number of a rule to reduce by. `rules`:
    the name of what a rule makes, of how many parts, and in place of which of these their own parts are taken.
    """

    checksum: int
    blank: str
    terminals: list[tuple[str, str]]
    start: int
    end: int
    actions: list[dict[str, int]]
    rules: list[tuple[str, int, list[int]]]


@cache
def tables() -> Tables:
    """Those in the file; where the grammar was changed since, Lark makes them anew, which takes a while."""
    source, known = text(), _beside(TABLES)
    if known.is_file():
        read = Tables(**json.loads(known.read_text(encoding="utf-8")))
        if read.checksum == crc32(source.encode()):
            return read
    return made(grammar())


def written(made: Tables) -> str:
    """The text of the file."""
    lines = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in asdict(made).items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def grammar() -> "Lark":
    """The LALR parser of a rules file, which makes no statements but trees."""
    from lark import Lark  # the tables in the file do without

    return Lark(text(), parser="lalr", lexer="basic", start=["file", "lexis"], maybe_placeholders=False)


def made(lark: "Lark") -> Tables:
    """What Lark makes of the grammar.

    Lark's own lexer counts lines and copies text for every token; offsets are all we need. Its order is kept: priority,
    then length; so `test_lexis` holds this against `Lark.lex`.
    """
    terminals = {each.name: each for each in lark.terminals}
    blank = terminals.pop("WS").pattern.to_regexp()
    order = sorted(
        terminals.values(),
        key=lambda each: (-each.priority, -each.pattern.max_width, -len(each.pattern.value), each.name),
    )
    table = lark.parse_interactive("", start="file").parser_state.parse_conf.parse_table
    rules = sorted(lark.rules, key=str)
    states = _reached(table.states, table.start_states["file"])
    steps = {rule: -1 - number for number, rule in enumerate(rules)} | {each: at for at, each in enumerate(states)}
    return Tables(
        checksum=crc32(text().encode()),
        blank=blank,
        terminals=[(each.name, each.pattern.to_regexp()) for each in order],
        start=0,
        end=steps[table.end_states["file"]],
        actions=[{kind: steps[step] for kind, (_, step) in sorted(table.states[each].items())} for each in states],
        rules=[_rule(each) for each in rules],
    )


def _reached(states: Mapping[int, Mapping[str, tuple[Any, Any]]], start: int) -> list[int]:
    """The states in an order that Lark's numbers, which are others every time, do not change."""
    found = {start: None}
    waiting = [start]
    for state in waiting:
        after = [step for _, (_, step) in sorted(states[state].items()) if step in states and step not in found]
        found |= dict.fromkeys(after)
        waiting += dict.fromkeys(after)
    return list(found)


def _rule(rule: Any) -> tuple[str, int, list[int]]:
    inlined = [at for at, each in enumerate(rule.expansion) if not each.is_term and each.name.startswith("_")]
    return str(rule.origin.name), len(rule.expansion), inlined


def text() -> str:
    """The grammar's text."""
    return _beside(FILE).read_text(encoding="utf-8")


@cache
def lexer(runs: bool = False) -> re.Pattern[str]:
    """All terminals, `RUN` only for `runs`, as one expression, a group for each, white space before it skipped."""
    groups = "|".join(f"(?P<{name}>{each})" for name, each in tables().terminals if runs or name != "RUN")
    return re.compile(f"(?:{tables().blank})?+(?:{groups})")


def _beside(name: str) -> Path:
    """A file of the grammar: beside this module in a wheel, at the top of the repository in a checkout."""
    here = Path(__file__).resolve()
    places = (here.with_name(name), here.parents[3] / "grammar" / name)
    return next((each for each in places if each.is_file()), places[0])
