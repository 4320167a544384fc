"""A small world of addresses, and rules in it worked out one address after another.

Written apart from the code under test: patterns are regular expressions, the order of rules is that of the manual by
the letter, and sets of addresses are numbers with a bit for each address.
"""

import random
import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product

from sortlang.address import Address
from sortlang.build import build
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import Account, Password, Rule, Rules, Target
from sortlang.source import Source, Span

SPAN = Span(Source("world", ""), 0, 0)
LOCALS = ["".join(letters) for size in range(1, 7) for letters in product("abx", repeat=size)]
DOMAINS = [
    word
    for size in range(1, 5)
    for word in map("".join, product("ab.x", repeat=size))
    if re.fullmatch(r"[abx]+(\.[abx]+)*", word)
]
EVERYTHING = (1 << len(LOCALS) * len(DOMAINS)) - 1
BOX = Account("box", "pop.isp.example", 995, "box", Password("env", "BOX", span=SPAN), span=SPAN)

Text = tuple[str, str | None, str, tuple[str, ...]]
"""A rule as it was drawn: sort or copy, its account, its pattern, its targets."""


def program(texts: Iterable[Text]) -> Program:
    """The rules, compiled, with one account beside them."""
    rules = [
        Rule(kind, Pattern.parse(text), tuple(map(target, goals)), scope, span=SPAN)
        for kind, scope, text, goals in texts
    ]  # type: ignore[arg-type]
    sorts, copies = (tuple(rule for rule in rules if rule.kind == kind) for kind in ("sort", "copy"))
    return build(Rules((BOX,), sorts, copies, span=SPAN))


def target(text: str) -> Target:
    if "@" not in text:
        return Target(text, span=SPAN)  # type: ignore[arg-type]
    local, _, domain = text.partition("@")
    return Target("address", local, domain, span=SPAN)


@cache
def takes(glob: str, text: str) -> bool:
    return re.fullmatch(glob.replace(".", r"\.").replace("*", ".*"), text) is not None


@cache
def members(pattern: str) -> int:
    """The addresses of the world that the pattern takes."""
    local, _, domain = ("*@*" if pattern == "*" else pattern).partition("@")
    row = sum(1 << place for place, text in enumerate(LOCALS) if takes(local, text))
    return sum(row << place * len(LOCALS) for place, text in enumerate(DOMAINS) if takes(domain, text))


def specificity(rule: Text) -> tuple[object, ...]:
    """The larger, the earlier it is asked."""
    _, scope, pattern, _ = rule
    local, _, domain = ("*@*" if pattern == "*" else pattern).partition("@")
    spelled = [-ord(letter) for letter in pattern]
    return scope is not None, _glob(local), _glob(domain), pattern != "*", [*spelled, 1]


def _glob(glob: str) -> tuple[object, ...]:
    start, end = re.fullmatch(r"([^*]*)(?:.*\*)?([^*]*)", glob).groups()  # type: ignore[union-attr]
    stars = glob.count("*")
    return stars == 0, len(glob) - stars, len(start), len(end), -stars


def won(texts: Sequence[Text], account: str | None) -> dict[Text | None, int]:
    """The addresses that each `sort` wins, and those that none does."""
    asked = [each for each in texts if each[0] == "sort" and each[1] in (None, account)]
    left, found = EVERYTHING, {}
    for rule in sorted(asked, key=specificity, reverse=True):
        found[rule] = members(rule[2]) & left
        left &= ~members(rule[2])
    return {**found, None: left}


def delivered(texts: Sequence[Text], account: str | None) -> dict[str, int]:
    """The addresses whose mail goes to each place, for rules without `*` on the right."""
    found: dict[str, int] = {}
    for rule, those in won(texts, account).items():
        for place in rule[3] if rule else ("discard",):
            found[place] = found.get(place, 0) | those
    for kind, scope, pattern, places in texts:
        for place in places if kind == "copy" and scope in (None, account) else ():
            found[place] = found.get(place, 0) | members(pattern)
    return found


def number(address: Address) -> int | None:
    """The bit of an address, if it is one of the world."""
    try:
        return DOMAINS.index(address.domain) * len(LOCALS) + LOCALS.index(address.local)
    except ValueError:
        return None


PATTERNS = ["*", "*@*", "a@a", "ab@a.b", "x@x", "b@b.a"]
_GLOBS = [
    "a*",
    "*a",
    "*b",
    "*a*",
    "*b*",
    "a*b",
    "ab*",
    "*ba",
    "*ab*",
    "*a*b*",
    "a*a",
    "b*a",
    "*a*b",
    "aa*",
    "a*a*",
    "b",
]
_ZONES = ["a", "b", "a.b", "*", "*.a", "a.*", "*a", "*b*", "*.*", "a*b", "x.a", "*a*.*b"]


def some_rules(dice: random.Random, most: int) -> list[Text]:
    """Rules in a world of few letters, so that they overlap; no pattern twice in one scope."""
    found: dict[tuple[str, str | None, str], Text] = {}
    for _ in range(dice.randint(1, most)):
        rule = some_rule(dice)
        found.setdefault(rule[:3], rule)
    return list(found.values())


def some_rule(dice: random.Random) -> Text:
    kind = "copy" if dice.random() < 0.2 else "sort"
    words = ["discard", "keep"] if kind == "sort" and dice.random() < 0.2 else []
    places = tuple(dice.sample(["p@p", "q@q", "r@r"], dice.choice([1, 1, 1, 2])))
    return kind, dice.choice([None, None, None, "box"]), some_pattern(dice), (dice.choice(words),) if words else places


def some_pattern(dice: random.Random) -> str:
    if dice.random() < 0.2:
        return dice.choice(PATTERNS)
    return f"{dice.choice([*_GLOBS, '*', '*'])}@{dice.choice(_ZONES)}"


def altered(dice: random.Random, texts: list[Text]) -> list[Text]:
    """The rules with a few of them gone, new, or answering otherwise."""
    found = {each[:3]: each for each in texts}
    for _ in range(dice.randint(1, 3)):
        dice.choice([_without, _with, _otherwise])(dice, found)
    return list(found.values())


def _without(dice: random.Random, found: dict[tuple[str, str | None, str], Text]) -> None:
    if found:
        del found[dice.choice(list(found))]


def _with(dice: random.Random, found: dict[tuple[str, str | None, str], Text]) -> None:
    rule = some_rule(dice)
    found[rule[:3]] = rule


def _otherwise(dice: random.Random, found: dict[tuple[str, str | None, str], Text]) -> None:
    if found:
        key = dice.choice(list(found))
        found[key] = (*key, some_rule(dice)[3] if key[0] == "sort" else ("p@p",))
