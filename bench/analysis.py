"""How long the proofs take on ten thousand mixed rules: `python bench/analysis.py [RULES]`."""

import random
import sys
from collections.abc import Callable
from dataclasses import replace
from time import process_time

from sortlang import prove
from sortlang.build import build
from sortlang.pattern import Pattern
from sortlang.rules import Rule, Rules, Target
from sortlang.source import Source, Span

SPAN = Span(Source("bench", ""), 0, 0)
NAMES = ["anna", "ben", "carol", "deepak", "eva", "farid", "grete", "hanna", "igor", "jana", "kofi", "lena", "mei"]


def mixed(count: int, seed: int = 1) -> Rules:
    """Rules as a large provider has them: seven in ten written out, whole domains, names anywhere, parts of names."""
    dice = random.Random(seed)
    domains = [f"customer{number}.{dice.choice(['com', 'de', 'org'])}" for number in range(count // 20)]
    patterns = {"*": None}
    while len(patterns) < count:
        patterns[_pattern(dice, dice.choice(domains))] = None
    return Rules(sorts=tuple(_rule(text, dice) for text in patterns), span=SPAN)


def _pattern(dice: random.Random, domain: str) -> str:
    name, number = dice.choice(NAMES), dice.randrange(10_000)
    shapes = [f"{name}{number}@{domain}"] * 14 + [f"*@{domain}", f"*@*.{domain}", f"{name}*@{domain}"]
    return dice.choice([*shapes, f"{name}{number}@*", f"{name}-*-{number}@{domain}", f"*{number}@*.{domain}"])


def _rule(text: str, dice: random.Random) -> Rule:
    local = "*" if text.startswith("*@") and dice.random() < 0.5 else dice.choice(NAMES)
    return Rule("sort", Pattern.parse(text), (Target("address", local, "int.example", span=SPAN),), span=SPAN)


def edited(rules: Rules, edits: int) -> Rules:
    """The rules with so many of them answering otherwise, the catch-all among them."""
    sorts = list(rules.sorts)
    for place in (0, *range(1, len(sorts), len(sorts) // edits))[:edits]:
        sorts[place] = replace(sorts[place], targets=(Target("address", "moved", "int.example", span=SPAN),))
    return replace(rules, sorts=tuple(sorts))


def main(count: int) -> None:
    """Print a line for each question: seconds, and how much was found."""
    rules = mixed(count)
    program, after, other = build(rules), build(edited(rules, 3)), build(edited(rules, count // 10))
    print(f"{count} rules")
    _timed("three edits", lambda: prove.changes(program, after))
    _timed("a tenth of all edited", lambda: prove.changes(program, other))
    _timed("equal to itself", lambda: [prove.equivalent(program, build(rules))])
    _timed("redundant", lambda: prove.redundant(program))
    _timed("ties", lambda: prove.ties(program))
    _timed("shadowed", lambda: prove.shadowed(program))
    _timed("uncovered", lambda: [prove.uncovered(rules.sorts)])
    _timed("proved of *@*", lambda: list(prove.otherwise(program, Pattern.parse("*@*"), lambda place, found: True)))
    _timed("every *@*", lambda: prove.decides(program, Pattern.parse("*@*")))
    _timed("every *@customer7.*", lambda: prove.decides(program, Pattern.parse("*@customer7.*")))


def _timed(name: str, ask: Callable[[], object]) -> None:
    start = process_time()
    found = ask()
    print(f"{name:24} {process_time() - start:8.3f} s CPU   {len(found)} found")  # type: ignore[arg-type]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
