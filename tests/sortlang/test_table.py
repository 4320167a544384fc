"""The table agrees with the meaning of rules, and both with the letter of the language."""

import random
import re
from dataclasses import dataclass

import pytest

from sortlang.address import Address
from sortlang.meaning import matches, winner
from sortlang.memo import ROOM, Memo
from sortlang.pattern import Pattern
from sortlang.table import Table

SETS = 600


@dataclass(frozen=True, slots=True)
class Named:
    """A rule, as far as a table can tell."""

    pattern: Pattern
    name: str = ""


def rules(*texts: str) -> list[Named]:
    return [Named(Pattern.parse(text)) for text in texts]


# The language by the letter: written apart from Glob and Pattern, so that a slip in them cannot hide in both.


def takes(glob: str, text: str) -> bool:
    return re.fullmatch(glob.replace(".", r"\.").replace("+", r"\+").replace("*", ".*"), text) is not None


def specificity(glob: str) -> tuple[int, ...]:
    """The larger, the more specific."""
    literals = [letter for letter in glob if letter != "*"]
    start, end = re.fullmatch(r"([^*]*)(?:.*\*)?([^*]*)", glob).groups()  # type: ignore[union-attr]
    return ("*" not in glob, len(literals), len(start), len(end), -glob.count("*"))


def by_the_letter(texts: list[str], address: Address | None) -> list[str]:
    if address is None:
        return [text for text in texts if text == "*"]
    halves = {text: (text if "@" in text else "*@*").split("@") for text in texts}
    hits = [t for t in texts if takes(halves[t][0], address.local) and takes(halves[t][1], address.domain)]
    hits.sort()
    return sorted(hits, key=lambda t: (*map(specificity, halves[t]), t != "*"), reverse=True)


def some_glob(dice: random.Random, letters: str, longest: int) -> str:
    text = "".join(dice.choice(letters) for _ in range(dice.randint(1, longest)))
    return re.sub(r"\*+", "*", text)


def some_domain(dice: random.Random, letters: str, longest: int) -> str:
    labels = [some_glob(dice, letters, longest) for _ in range(dice.randint(1, 3))]
    return ".".join("bü" if dice.random() < 0.1 else each for each in labels)


def some_patterns(dice: random.Random) -> list[str]:
    """Up to a dozen patterns, now and then a hundred, out of few letters, so that they overlap."""
    crowd = dice.random() < 0.02
    letters, longest = ("abc*", 7) if crowd else (dice.choice(["a*", "ab*", "ab*+", "aß*"]), 5)
    texts = {"*", "*@*"} if dice.random() < 0.3 else set()
    for _ in range(120 if crowd else dice.randint(1, 12)):
        local = "*" if dice.random() < 0.2 else some_glob(dice, letters, longest)
        domain = "*" if dice.random() < 0.2 else some_domain(dice, "ab*", 3)
        texts.add("*" if dice.random() < 0.03 else str(Pattern.parse(f"{local}@{domain}")))
    return sorted(texts, key=lambda _: dice.random())


def some_address(dice: random.Random, texts: list[str]) -> Address | None:
    """Any address, or one that a pattern takes, or none at all."""
    if dice.random() < 0.1:
        return None
    near = dice.choice(texts)
    if "@" in near and dice.random() < 0.6:
        near = re.sub(r"\*", lambda _: dice.choice(["", "a", "b", "ab", "ba"]), near)
        return Address.parse(near) if re.fullmatch(r"[^@]+@[^.]+(\.[^.]+)*", near) else None
    return Address.parse(some_glob(dice, "abAß+", 6) + "@" + some_domain(dice, "ab", 3))


@pytest.mark.parametrize("seed", range(10))
def test_agrees_with_the_meaning_on_random_sets_of_rules(seed: int) -> None:
    dice = random.Random(seed)
    won = contested = 0
    for _ in range(SETS):
        texts = some_patterns(dice)
        ruled = rules(*texts)
        table = Table.of(ruled)
        for address in [some_address(dice, texts) for _ in range(8)]:
            expected = by_the_letter(texts, address)
            assert [str(rule.pattern) for rule in matches(ruled, address)] == expected, (texts, address)
            assert [str(rule.pattern) for rule in table.matches(address)] == expected, (texts, address)
            assert table.winner(address) is winner(ruled, address), (texts, address)
            won += bool(expected)
            contested += len(expected) > 1
    assert won > SETS * 3
    assert contested > SETS * 2


@pytest.mark.parametrize("seed", range(3))
def test_names_the_domains_of_its_patterns(seed: int) -> None:
    dice = random.Random(seed)
    answers = set()
    for _ in range(SETS):
        texts = some_patterns(dice)
        domain = Address.parse("a@" + some_domain(dice, "ab", 3)).domain
        expected = any(takes(text.split("@")[1], domain) for text in texts if "@" in text and not text.endswith("@*"))
        assert Table.of(rules(*texts)).names_domain(domain) is expected, (texts, domain)
        answers.add(expected)
    assert answers == {True, False}


def test_order_never_matters() -> None:
    dice = random.Random(1)
    for _ in range(SETS):
        texts = some_patterns(dice)
        ruled = rules(*texts)
        address = some_address(dice, texts)
        there, back = Table.of(ruled), Table.of(reversed(ruled))
        assert there.winner(address) is back.winner(address)
        assert there.matches(address) == back.matches(address)


def test_an_empty_table_takes_nothing() -> None:
    table: Table[Named] = Table.of([])
    assert table.winner(Address.parse("a@ex.com")) is None
    assert table.winner(None) is None
    assert table.matches(None) == []
    assert not table.names_domain("ex.com")


@pytest.mark.parametrize(
    "text", ["a@ex.com", "*@ex.com", "a@*", "a*@ex.com", "*a*b*@ex.com", "a*@*", "*@*.com", "*@*", "*"]
)
def test_of_equal_patterns_the_first_stands(text: str) -> None:
    first, second = (Named(Pattern.parse(text), name) for name in ("first", "second"))
    table = Table.of([first, second])
    address = Address.parse("a@ex.com" if "b" not in text else "abab@ex.com")
    assert table.winner(address) is first
    assert table.matches(address) == [first]


def test_many_globs_with_several_stars() -> None:
    ruled = rules(*(f"*{number:03}*x@ex.com" for number in range(1000)), "*1*@ex.com")
    table = Table.of(ruled)
    for local in ("012345x", "7", "1", "x", "999x", ""):
        address = Address(local, "ex.com", local)
        assert table.matches(address) == matches(ruled, address)


def test_a_table_prints_no_rules() -> None:
    assert "secretary" not in repr(Table.of(rules("secretary@ex.com", "secretary*@ex.com", "*@secretary.com")))


def test_a_memo_asks_once_and_stays_small() -> None:
    asked: list[str] = []
    memo: Memo[str, str] = Memo(lambda key: asked.append(key) or key.upper())  # type: ignore[func-returns-value]
    assert (memo["a"], memo["a"], asked) == ("A", "A", ["a"])
    for number in range(ROOM * 2):
        assert memo[f"k{number}"] == f"K{number}"
        assert len(memo) <= ROOM


def test_tables_are_equal_whatever_they_were_asked() -> None:
    asked, fresh = Table.of(rules("a*@ex.com")), Table.of(rules("a*@ex.com"))
    assert asked.winner(Address.parse("ab@ex.com"))
    assert asked == fresh
    assert asked != Table.of(rules("b*@ex.com"))
