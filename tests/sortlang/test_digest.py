"""The digest: what rules mean, whatever their order and however they lie in memory."""

from dataclasses import replace

from sortlang.compile import compile
from sortlang.digest import digest
from sortlang.program import Program
from sortlang.source import Source

LINES = ["sort a@ex.com -> b@ex.com;", 'sort "c@ex.com" -> "b@ex.com";', "sort d@ex.com -> a@ex.com, b@ex.com;"]
TEXT = "\n".join([*LINES, "sort * -> discard;\n"])


def program(text: str) -> Program:
    """It has no errors."""
    made, _ = compile(Source("x.sort", text), lambda pattern, source: [])
    assert made
    return made


def test_order_does_not_change_it() -> None:
    assert program(TEXT).digest == program("\n".join(reversed(TEXT.splitlines()))).digest


def test_every_change_does() -> None:
    changed = [
        TEXT.replace("b@", "e@", 1),
        TEXT.replace("c@", "e@"),
        "\n".join(LINES[1:]),
        TEXT.replace("discard", "keep"),
    ]
    exchanged = TEXT.replace("sort a@", "sort x@").replace("sort d@", "sort a@").replace("sort x@", "sort d@")
    assert len({program(each).digest for each in (TEXT, *changed, exchanged)}) == len(changed) + 2


def test_bulk_and_written_rules_have_the_same() -> None:
    rules = program(TEXT).rules
    assert digest(replace(rules, sorts=tuple(rules.sorts))) == digest(rules)
