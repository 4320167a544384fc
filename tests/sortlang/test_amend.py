"""A text that was edited: what is amended is what compiling gives."""

import random
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from sortlang.address import Address
from sortlang.amend import amend
from sortlang.compile import compile
from sortlang.digest import digest
from sortlang.lookup import lookup, placed
from sortlang.program import Program
from sortlang.prove import changes
from sortlang.rules import Rule
from sortlang.runs.sorts import bulk
from sortlang.source import Source, Span
from sortlang.store import restore, store

ACCOUNT = 'account "x" < server "h.ex"; user "x"; password env "X"; sort u1@ex.com -> own@ex.com; >\n'
HEAD = ACCOUNT + "sort * -> all@ex.com;\nsort twice@ex.com -> a@ex.com;\n\n"
TAIL = "# with a word\nsort last@ex.com -> z@ex.com;\nsort team-*@ex.com -> team@ex.com;\ncopy u2@ex.com -> c@ex.com;\n"
LINES = [f"sort u{each}@ex{each % 3}.com -> v{each}@ex.com;\n" for each in range(12)]
NEW = [
    *('sort "u3@ex.com" -> "w@ex.com";\n', "sort n@new.com -> w@ex.com;\r\n", "sort u1@ex1.com -> w@ex.com;\n"),
    *("sort m@ex.com -> w@ex.com;\n", "sort twice@ex.com -> a@ex.com;\n", "sort o@ex.com   ->   w@ex.com;\n"),
]
OTHER = [
    *(
        "sort *@ex.com -> w@ex.com;\n",
        "copy p@ex.com -> w@ex.com;\n",
        "# a word\n",
        "\n",
        "sort q@ex.com -> a@ex.com, b@ex.com;\n",
    ),
    *(
        "sort P@ex.com -> w@ex.com;\n",
        " sort p@ex.com -> w@ex.com;\n",
        "sort p@ex.com -> discard;\n",
        "srt p@ex.com -> w@ex.com;\n",
    ),
    *(
        "sort p@ex.com -> w@ex.com; sort r@ex.com -> w@ex.com;\n",
        "sort p@ex.com ->\n  w@ex.com;\n",
        'sort "p@ex.com" -> "w@ex.com\n',
    ),
]


def included(pattern: str, beside: Source) -> Sequence[Source]:
    return [Source(pattern, "sort in@ex.com -> i@ex.com;\nsort in2@ex.com -> i@ex.com;\n")]


def compiled(text: str) -> tuple[Program | None, Source]:
    source = Source("x.sort", text)
    return compile(source, included)[0], source


def amended(before: str, after: str) -> Program | None:
    program, old = compiled(before)
    assert program
    return amend(program, old, Source("x.sort", after))


def stored(program: Program) -> Program:
    return restore(b"".join(store(program)))


def places(value: Any) -> Any:
    """Whatever is in a value, with the place of each span."""
    if isinstance(value, Span):
        return value.place, value.text
    if is_dataclass(value) and not isinstance(value, type):
        return [places(getattr(value, each.name)) for each in fields(value)]
    if isinstance(value, dict):
        return {key: places(each) for key, each in value.items()}
    return [places(each) for each in value] if isinstance(value, Sequence) and not isinstance(value, str) else value


def agree(one: Program, other: Program) -> None:
    assert places(tuple(one.rules.sorts)) == places(tuple(other.rules.sorts))
    assert one.rules == other.rules
    assert one.digest == other.digest == digest(one.rules)
    assert list(bulk(one.rules.sorts).pairs()) == [pair(each) for each in bulk(one.rules.sorts)]
    assert not changes(one, other)
    for scope in (None, "x"):
        for rule in (*one.rules.sorts, *other.rules.copies):
            text = "k@k.com" if rule.pattern.bare else str(rule.pattern).replace("*", "k")
            assert one.owns(Address.parse(text)) == other.owns(Address.parse(text))
            assert one.route(Address.parse(text), scope) == other.route(Address.parse(text), scope)
            assert lookup(one, scope)[text] == lookup(other, scope)[text]
            assert placed(one, scope)(text) == placed(other, scope)(text)
    for place in ("accounts", "copies", "expectations"):
        assert places(getattr(one.rules, place)) == places(getattr(other.rules, place))


def pair(rule: Rule) -> tuple[str, str]:
    return str(rule.pattern), str(rule.targets[0])


def edited(dice: random.Random, lines: list[str]) -> list[str]:
    """A stretch of the lines taken out, others put there."""
    start = dice.randrange(len(lines) + 1)
    end = min(len(lines), start + dice.choice([0, 0, 1, 1, 2, 4]))
    pool = [*NEW, *NEW, *NEW, *(OTHER if dice.random() < 0.3 else []), *lines[start:end]]
    return [*lines[:start], *(dice.choice(pool) for _ in range(dice.choice([0, 1, 1, 2, 3]))), *lines[end:]]


@pytest.mark.parametrize("seed", range(150))
def test_what_is_amended_is_what_compiling_gives(seed: int) -> None:
    dice = random.Random(seed)
    head = dice.choice([HEAD, 'include "y.sort";\n' + HEAD, "sort first@ex.com -> a@ex.com;\n", ""])
    tail = dice.choice([TAIL, TAIL.rstrip(), "", "\n\n"])
    before = head + "".join(LINES) + tail
    before = before.rstrip("\n") if dice.random() < 0.2 else before
    for _ in range(3):
        after = head + "".join(edited(dice, LINES)) + tail
        found, (whole, _) = amended(before, after), compiled(after)
        if found:
            assert whole
            agree(found, whole)
            agree(stored(found), stored(whole))


@pytest.mark.parametrize("tail", [TAIL, ""])
@pytest.mark.parametrize("number", [0, 3, 11])
def test_a_line_changed_added_or_taken_away_is_amended(number: int, tail: str) -> None:
    for lines in (["sort n@ex.com -> w@ex.com;\n"], [LINES[number], "sort n@ex.com -> w@ex.com;\n"], []):
        before = "".join(["sort first@ex.com -> a@ex.com;\n", *LINES, "sort end@ex.com -> a@ex.com;\n"])
        after = before.replace(LINES[number], "".join(lines))
        found, (whole, _) = amended(before + tail, after + tail), compiled(after + tail)
        assert found and whole
        agree(found, whole)


def test_an_edit_at_the_end_of_the_file_is_amended() -> None:
    before = "".join(LINES)
    for after in (before + NEW[0], "".join(LINES[:-1]), before.rstrip(), before.rstrip() + "\n" + NEW[3]):
        found, (whole, _) = amended(before, after), compiled(after)
        assert found and whole
        agree(found, whole)


@pytest.mark.parametrize("line", [*OTHER, "sort u4@ex1.com -> w@ex.com;\n", "sort twice@ex.com -> b@ex.com;\n"])
def test_whatever_else_is_edited_is_not(line: str) -> None:
    before = HEAD + "".join(LINES) + TAIL
    assert amended(before, before.replace(LINES[5], line)) is None
    assert amended(before, before.replace(LINES[5], LINES[5] + line)) is None


def test_a_rule_whose_exception_goes_is_an_error_as_ever() -> None:
    rule = "sort sales*@ex.com -> *@ex.com;\n"
    before = rule + "".join([*LINES[:3], "sort sales@ex.com -> a@ex.com;\n", *LINES[3:]])
    after = before.replace("sort sales@ex.com -> a@ex.com;\n", "")
    assert compiled(after)[0] is None
    assert amended(before, after) is None


@pytest.mark.parametrize("line", [NEW[0], NEW[1], ""])
def test_an_edit_of_an_included_file_is_amended(line: str) -> None:
    main = Source("x.sort", 'sort first@ex.com -> a@ex.com;\ninclude "y.sort";\n' + HEAD + NEW[5])
    texts = ["".join(LINES), "".join([*LINES[:5], line, *LINES[6:]])]
    old, new = (Source("y.sort", each) for each in texts)
    (program, _), (whole, _) = (compile(main, lambda pattern, beside, each=each: [each]) for each in (old, new))
    found = amend(program, old, new) if program else None
    assert found and whole
    agree(found, whole)


def test_is_amended_once() -> None:
    first, second = (HEAD + "".join([*LINES[:count], NEW[0], *LINES[count:]]) for count in (4, 7))
    program, old = compiled(HEAD + "".join(LINES))
    assert program
    middle = Source("x.sort", first)
    once = amend(program, old, middle)
    assert once
    assert amend(once, middle, Source("x.sort", second)) is None
