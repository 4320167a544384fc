"""Shuffling the statements of an example changes no answer and no finding."""

from functools import lru_cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sortlang.address import Address
from sortlang.compile import compile
from sortlang.diagnostic import Diagnostics
from sortlang.explain import explain
from sortlang.explanation import Explanation
from sortlang.files import reader
from sortlang.program import Program
from sortlang.rules import Account, Rule
from sortlang.source import Source
from sortlang.syntax.parse import parse
from sortlang.syntax.tree import Statement

ROOT = Path(__file__).parents[2]
FILES = [*sorted((ROOT / "examples").rglob("*.sort")), *sorted((ROOT / "tests" / "cases" / "good").glob("*.sort"))]


@lru_cache
def original(path: Path) -> tuple[Program | None, Diagnostics]:
    return compiled(path, path.read_text())


def compiled(path: Path, text: str) -> tuple[Program | None, Diagnostics]:
    source = Source(str(path), text)
    return compile(source, reader(source))


def shuffled(path: Path, seed: int) -> str:
    """The text with its statements in another order, those in accounts too, and without comments."""
    tree, _ = parse(Source(str(path), path.read_text()))
    return _shuffled(tree.statements, Random(seed))


def _shuffled(statements: tuple[Statement, ...], dice: Random) -> str:
    texts = [_text(each, dice) for each in statements]
    dice.shuffle(texts)
    return "\n".join(texts)


def _text(statement: Statement, dice: Random) -> str:
    if statement.shape != "block":
        return statement.span.text
    head = statement.keyword.text + " " + ", ".join(each.span.text for each in statement.left)
    return f"{head} <\n{_shuffled(statement.block, dice)}\n>"


def addresses(program: Program) -> list[Address | None]:
    """For each pattern an address that it takes, and strangers."""
    patterns = (rule.pattern for rule in (*program.rules.sorts, *program.rules.copies) if not rule.pattern.bare)
    near = {str(each).replace("*.", "x.").replace("@*", "@example.com").replace("*", "x") for each in patterns}
    return [None, Address.parse("who@else.example"), *map(Address.parse, sorted(near))]


def said(found: Explanation) -> object:
    """All of an explanation that has no place in it."""
    ways = frozenset(
        (str(each.destination.address), each.destination.kind, each.transport) for each in found.deliveries
    )
    return [meant(each) for each in found.sorts], {meant(each) for each in found.copies}, ways


def meant(rule: Rule) -> object:
    """A rule that stands twice says the same both times, in whatever order."""
    return rule.kind, rule.pattern, frozenset(rule.targets), rule.account


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_order_changes_nothing(path: Path, seed: int) -> None:
    program, found = original(path)
    other, also_found = compiled(path, shuffled(path, seed))
    if "sortlang: allow" not in path.read_text():  # which speaks of a line
        assert {(each.name, each.message) for each in also_found} == {(each.name, each.message) for each in found}
    assert (program is None) == (other is None)
    if program and other:
        assert other.digest == program.digest
        for address in addresses(program):
            for account in (None, *(each.name for each in program.accounts)):
                answers = (explain(each, address, named(each, account)) for each in (program, other))
                one, another = map(said, answers)
                assert one == another


def named(program: Program, name: str | None) -> Account | None:
    return next((each for each in program.accounts if each.name == name), None)
