"""A program answers what the language means, with all that it has."""

import random
from collections import Counter
from collections.abc import Iterable

import pytest

from in_memory import reader
from sortlang.address import Address
from sortlang.build import build
from sortlang.include import gather
from sortlang.meaning import answer
from sortlang.program import Program
from sortlang.resolve import resolve
from sortlang.source import Source
from sortlang.syntax.parse import parse

DOMAINS = ("ex.com", "ex.org", "far.net")
LOCALS = ("a", "b", "ab", "a+b", "c", "b-a", "A")
SETS = 300


def unchecked(text: str, files: dict[str, str]) -> tuple[Program | None, list[str]]:
    """The program without a lint, or the names of the errors."""
    source, read = Source("mail.sort", text), reader({"mail.sort": text, **files})
    trees, found = gather(source, read, parse)
    rules, more = resolve(trees, read, found)
    names = [each.name for each in found + more if each.is_error]
    return (None if names else build(rules)), names


def some_address(dice: random.Random) -> str:
    return f"{dice.choice(LOCALS)}@{dice.choice(DOMAINS)}"


def some_rule(dice: random.Random, groups: list[str]) -> str:
    """A `sort` or `copy` that means something."""
    kind = dice.choice(["sort", "sort", "sort", "copy"])
    left, right = dice.choice(
        [
            (f"a@{dice.choice(DOMAINS)}", some_address(dice)),
            (f"{some_address(dice)}, b@ex.com", some_address(dice)),
            (some_address(dice), dice.choice(groups)),
            (f'"*@{dice.choice(DOMAINS)}"', f'"*@{dice.choice(DOMAINS)}"'),
            (f'"a*@{dice.choice(DOMAINS)}"', some_address(dice)),
            (f'"a+*@{dice.choice(DOMAINS)}"', f'"*b@{dice.choice(DOMAINS)}"'),
            (f'"{dice.choice(LOCALS)}@*"', f'a@ex.com, "{dice.choice(LOCALS)}@*"'),
            ('"*@*"', '"*@*"'),
            ("*", some_address(dice)),
            (some_address(dice), "keep" if kind == "sort" else some_address(dice)),
            (f'"*@*.com", "*@{dice.choice(DOMAINS)}"', dice.choice(groups)),
        ]
    )
    return f"{kind} {left} -> {right};"


def some_domain(dice: random.Random, name: str, files: dict[str, str]) -> str:
    """A block with some of what it may have."""
    said = f'detail "{dice.choice("+-")}"; ' if dice.random() < 0.7 else ""
    if dice.random() < 0.7:
        files[f"{name}.boxes"] = "\n".join(each for each in LOCALS if dice.random() < 0.6)
        said += f'mailboxes "{name}.boxes"; '
    if dice.random() < 0.7:
        names = dice.sample(["s", "t", "c", "a"], 2)
        lines = (f"{each}: {dice.choice([each, 't', 'a'])}, {some_address(dice)}" for each in names)
        files[f"{name}.aliases"] = "\n".join(lines)
        said += f'aliases "{name}.aliases"; '
    return f'domain "{name}" < {said}>'


def some_file(dice: random.Random) -> tuple[list[str], dict[str, str]]:
    """Its statements, and the lists that they name."""
    files: dict[str, str] = {}
    statements = ["group g = a@ex.com, h;", f"group h = {some_address(dice)};"]
    statements += [some_domain(dice, each, files) for each in DOMAINS if dice.random() < 0.6]
    statements += [some_rule(dice, ["g", "h"]) for _ in range(dice.randint(1, 6))]
    own = " ".join(some_rule(dice, ["g", "h"]) for _ in range(dice.randint(0, 3)))
    statements.append(f'account "box" < server "p.ex.com"; user u; password env P; {own} >')
    return statements, files


def asked(dice: random.Random) -> Address | None:
    detail = dice.choice(["", "", "+b", "+", "-a", "+b+c", "-b+a"])
    text = f"{dice.choice([*LOCALS, 's', 't', 'x'])}{detail}@{dice.choice([*DOMAINS, 'else.com'])}"
    return None if dice.random() < 0.05 else Address.parse(text)


def said_by(program: Program, address: Address | None, account: str | None) -> frozenset[str]:
    route = program.route(address, account)
    return plain(str(each.address) if each.address else each.kind for each in route.destinations)


def plain(destinations: Iterable[str]) -> frozenset[str]:
    """Addresses that differ in their spelling alone are the same one."""
    return frozenset(each.lower() for each in destinations)


@pytest.mark.parametrize("seed", range(4))
def test_a_program_answers_what_its_rules_mean(seed: int) -> None:
    dice = random.Random(seed)
    seen: Counter[str] = Counter()
    while seen["files"] < SETS:
        statements, files = some_file(dice)
        program, _ = unchecked("\n".join(statements), files)
        if not program:
            continue
        seen["files"] += 1
        for _ in range(12):
            address, account = asked(dice), dice.choice([None, "box"])
            expected = plain(answer(program.rules, address, account))
            assert said_by(program, address, account) == expected, (statements, files, address, account)
            route = program.route(address, account)
            seen["detail"] += route.rule is not None and route.rule.detail
            seen["alias"] += any(each.alias for each in route.destinations)
            seen["own"] += route.rule is not None and route.rule.account is not None
            tables = [program.sorts[each] for each in (account, None) if each in program.sorts]
            first = next((table.winner(address) for table in tables if table.winner(address)), None)
            seen["does not apply"] += first is not route.rule
    assert all(seen[each] >= 10 for each in ("detail", "alias", "own", "does not apply")), seen


@pytest.mark.parametrize("seed", range(4))
def test_order_never_matters(seed: int) -> None:
    dice = random.Random(seed)
    whole = 0
    for _ in range(SETS):
        statements, files = some_file(dice)
        there, wrong = unchecked("\n".join(statements), files)
        dice.shuffle(statements)
        back, also_wrong = unchecked("\n".join(statements), files)
        assert set(wrong) == set(also_wrong), (statements, files)
        if there and back:
            whole += 1
            assert there.digest == back.digest
            for _ in range(8):
                address, account = asked(dice), dice.choice([None, "box"])
                assert said_by(there, address, account) == said_by(back, address, account), (statements, files)
    assert whole > SETS / 10
