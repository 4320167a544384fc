"""A table on disk answers as the program in memory does, and never lies."""

import gc
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from in_memory import program
from sortlang import rules as nouns
from sortlang import store as room
from sortlang.address import Address
from sortlang.build import build
from sortlang.explain import explain
from sortlang.files import load
from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.reports.prose import prose
from sortlang.rules import Alias, Domain, Group, Rule, Rules, Target, Transport
from sortlang.runs.sorts import Sorts
from sortlang.source import Source, Span
from sortlang.store import restore, store
from sortlang.stored import frame, marks, slots
from sortlang.stored.blocks import SIZE, Blocks, Unusable, sums
from sortlang.stored.encode import Encoder
from sortlang.stored.lazy import StoredMapping, StoredTuple
from sortlang.stored.schema import CLASSES, schema

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").rglob("*.sort"))
TEXT = """# The head office.
account "x" <
    server "pop.ex.com"; user "x"; password "secret-word"; tls required; limit 100; keep forever;
    # Only for x.
    sort "*@x.ex.com" -> "*@ex.com";
>
sort "*@ex.com" -> "*@ex.com";
sort anna@ex.com, b*@*.org -> anna@home.net, ben@home.net;
copy "*a*b*@ex.com" -> log@ex.com;
transport "*@home.net" -> maildir "home/{local}";
sort * -> admin@ex.com;
"""

SMALL_BIGS = [6, 10, marks.BIG]
"""More than the five parts of a rank, which is compared as a tuple."""


def table(subject: Program) -> bytes:
    return b"".join(store(subject))


def again(subject: Program) -> Program:
    return restore(table(subject))


def some_glob(dice: random.Random, letters: str, longest: int) -> str:
    return "".join(dice.choice(letters) for _ in range(dice.randint(1, longest)))


def some_pattern(dice: random.Random) -> Pattern:
    domain = ".".join(some_glob(dice, "ab*", 2) for _ in range(dice.randint(1, 2)))
    return Pattern.parse(dice.choice(["*", "*@*", *[f"{some_glob(dice, 'abß*', 4)}@{domain}"] * 12]))


def some_rules(dice: random.Random) -> Rules:
    """Few letters, so that patterns overlap; now and then hundreds of rules."""
    source = Source("dice.sort", "\n" * 50)
    count = dice.choice([1, 5, 12, 25, 40, 150 if dice.random() < 0.2 else 12])
    span = Span(source, 0, 0)

    def placed() -> Span:
        return Span(source, (start := dice.randrange(50)), start + 1)

    def some_rule() -> Rule:
        targets = (Target("address", "box", "ex.com", span=placed()), Target("discard", span=placed()))
        scope = dice.choice([None, None, "x", "y"])
        kind = dice.choice(["sort", "sort", "copy"])
        return Rule(kind, some_pattern(dice), targets[: dice.randint(1, 2)], scope, "words", span=placed())

    ruled = [some_rule() for _ in range(count)]
    sorts, copies = (tuple(each for each in ruled if each.kind == kind) for kind in ("sort", "copy"))
    transports = tuple(Transport(some_pattern(dice), "maildir", ("m",), span=placed()) for _ in range(count // 3))
    return Rules((), sorts, copies, transports, trash=float(count), span=span)


def some_addresses(dice: random.Random, ruled: Rules) -> Iterator[Address | None]:
    yield None
    for each in dice.choices([*ruled.sorts, *ruled.copies, *ruled.transports], k=4):
        local = each.pattern.local.text.replace("*", dice.choice(["", "a", "b"])) or "a"
        yield Address(local, each.pattern.domain.text.replace("*", dice.choice(["a", "b"])), local)
    for _ in range(3):
        local = some_glob(dice, "abß", 4)
        yield Address(local, ".".join(some_glob(dice, "ab", 2) for _ in range(dice.randint(1, 2))), local)


@pytest.mark.parametrize("big", SMALL_BIGS)
def test_answers_as_the_program_in_memory_does(big: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of random sets of rules; with `big`, what is otherwise read at once is read piece by piece."""
    monkeypatch.setattr(marks, "BIG", big)
    dice = random.Random(big)
    routed = 0
    for _ in range(700):
        ruled = some_rules(dice)
        memory = build(ruled)
        disk = again(memory)
        for address in some_addresses(dice, ruled):
            for scope in (None, "x", "z"):
                there, here = disk.route(address, scope), memory.route(address, scope)
                assert there == here, (ruled, address)
                assert (there.rule and there.rule.span.place) == (here.rule and here.rule.span.place)
                routed += there.rule is not None
            if address is not None:
                assert disk.transport(address) == memory.transport(address)
                assert disk.owns(address) == memory.owns(address)
                assert disk.takes(address, "y") == memory.takes(address, "y")
    assert routed > 700 * 8


@pytest.mark.parametrize("big", SMALL_BIGS)
def test_gives_back_all_that_was_stored(big: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "BIG", big)
    dice = random.Random(big)
    for _ in range(60):
        memory = build(some_rules(dice))
        disk = again(memory)
        assert disk == memory
        assert memory == disk
        assert [each.span.place for each in disk.rules.sorts] == [each.span.place for each in memory.rules.sorts]
        assert disk.rules.sorts[:2] == memory.rules.sorts[:2]
        assert disk.rules.sorts + memory.rules.copies == memory.rules.sorts + disk.rules.copies
        assert hash(disk.rules.sorts) == hash(memory.rules.sorts)
        assert again(disk) == memory


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_explained_alike(path: Path) -> None:
    memory, _ = load(path)
    assert memory
    disk = again(memory)
    assert disk == memory
    patterns = [each.pattern for each in (*memory.rules.sorts, *memory.rules.copies)]
    for text in {str(each).replace("*", "x") for each in patterns if not each.bare} | {"nobody@nowhere.test"}:
        for account in (None, *memory.accounts):
            stored = next((each for each in disk.accounts if each == account), None)
            address = Address.parse(text)
            assert prose(explain(disk, address, stored)) == prose(explain(memory, address, account))


def test_domains_groups_and_lists_are_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "BIG", 6)
    span = Span(Source("mail.sort", ""), 0, 0)
    to = (Target("address", "user3", "ex.com", span=span),)
    aliases = [Alias(f"alias{each}", (Address.parse(f"user{each}@ex.com"),), span=span) for each in range(12)]
    domain = Domain("ex.com", frozenset(f"user{each}" for each in range(20)), tuple(aliases), "+", span=span)
    wide = Rule("sort", Pattern.parse("*@ex.com"), (Target("address", "*", "ex.com", span=span),), span=span)
    named = Rule("list", Pattern(Glob("*"), Glob("dev.lists.org")), to, span=span)
    ruled = Rules((), (wide,), (), (), (named,), (domain,), (Group("sales", to, span=span),), span=span)
    memory = build(ruled)
    disk = again(memory)
    assert disk == memory
    outcomes = set()
    for local in ("user1", "user1+news", "nobody", "alias3", "alias3+x", "x"):
        there = disk.route(Address.parse(f"{local}@ex.com"))
        assert there == memory.route(Address.parse(f"{local}@ex.com"))
        outcomes.add(str(there.destinations[0].address))
    assert outcomes == {"user1@ex.com", "user1+news@ex.com", "user3@ex.com", "None"}
    assert disk.list_route("dev.lists.org") == memory.list_route("dev.lists.org") is not None
    assert disk.list_route("other.lists.org") is None


def test_knows_places_and_descriptions() -> None:
    memory, disk = program(TEXT), again(program(TEXT))
    assert [each.place("limit").place for each in disk.accounts] == ["mail.sort:3"]
    assert disk.accounts[0].password.value == "secret-word"
    assert "secret-word" not in repr(disk)
    own = disk.rules.sorts[[str(each.pattern) for each in disk.rules.sorts].index("*@x.ex.com")]
    assert (own.description, str(own.span)) == ("Only for x.", "mail.sort:5:10")
    assert disk.digest == memory.digest


def test_makes_no_object_for_a_rule_until_it_is_asked_for() -> None:
    written = "".join(f"sort user{number}@ex.com -> box@ex.com, b@ex.com;\n" for number in range(500))
    text = written + "sort * -> a@ex.com;"
    whole = table(program(text))
    gc.collect()
    before = sum(isinstance(each, Rule) for each in gc.get_objects())
    disk = restore(whole)
    after = sum(isinstance(each, Rule) for each in gc.get_objects())
    assert after - before < 5
    assert isinstance(disk.sorts[None].exact, StoredMapping)
    assert isinstance(disk.rules.sorts, StoredTuple)
    winner = disk.winner(Address.parse("user321@ex.com"))
    assert winner and winner.span.line == 322


def test_bulk_is_read_where_it_lies() -> None:
    text = "sort * -> a@ex.com;\n\n" + "".join(f"sort user{number}@ex.com -> box@ex.com;\n" for number in range(500))
    known = program(text)
    disk = restore(table(known))
    assert disk == known
    assert isinstance(disk.rules.sorts, Sorts)
    assert isinstance(disk.rules.sorts.bulk.places, memoryview)
    winner = disk.winner(Address.parse("User321@ex.com"))
    assert winner and winner.span.line == 324
    assert disk.winner(Address.parse("user500@ex.com")) == known.winner(None)
    assert restore(b"".join(store(disk))) == known


def test_the_same_program_gives_the_same_bytes() -> None:
    assert table(program(TEXT)) == table(program(TEXT))


# Damage.


def test_every_single_wrong_byte_is_noticed() -> None:
    whole = table(program(TEXT))
    for place in range(len(whole)):
        wrong = bytearray(whole)
        wrong[place] ^= 1 << place % 8
        with pytest.raises(Unusable):
            restore(wrong)


def test_every_cut_is_noticed() -> None:
    whole = table(program(TEXT))
    for size in range(len(whole)):
        with pytest.raises(Unusable):
            restore(whole[:size])
    with pytest.raises(Unusable):
        restore(whole + b"\0")


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_a_damaged_file_is_one_finding_and_no_traceback(tmp_path_factory: Any, data: st.DataObject) -> None:
    whole = bytearray(table(program(TEXT)))
    start = data.draw(st.integers(0, len(whole)))
    new = data.draw(st.binary(max_size=40))
    whole[start : start + data.draw(st.integers(0, 4000))] = new
    path = tmp_path_factory.mktemp("damaged") / "x.table"
    path.write_bytes(whole)
    found_program, found = load(path)
    if bytes(whole) == table(program(TEXT)):
        assert found_program == program(TEXT)
    elif whole.startswith(marks.MAGIC):
        assert (found_program, [each.name for each in found]) == (None, ["unreadable-file"])
        assert found[0].hint == "build it again from its rules file"
    elif whole:
        assert found_program is None or not found_program.rules.sorts
        assert all(each.message for each in found)


def test_a_large_table_is_right_or_found_damaged_when_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"sort user{number}@ex{number % 9}.com -> box{number}@ex.com;\n" for number in range(300))
    text += "".join(f"sort u{number}*@ex*.com -> star{number}@ex.com;\n" for number in range(300)) + TEXT
    memory = program(text)
    whole = table(memory)
    asked = [Address.parse(f"user{number}@ex{number % 8}.com") for number in range(300)]
    expected = {each: memory.route(each) for each in asked}
    dice = random.Random(7)
    noticed = answered = 0
    monkeypatch.setattr(room, "SMALL", 0)
    for _ in range(20):
        wrong = bytearray(whole)
        for _ in range(3):
            wrong[dice.randrange(64, len(wrong) - 6000)] ^= 1 << dice.randrange(8)
        try:
            disk = restore(wrong)
        except Unusable:
            noticed += 1
            continue
        for address in asked:
            try:
                assert disk.route(address) == expected[address]
                answered += 1
            except Unusable:
                noticed += 1
    assert noticed > 100
    assert answered > 100


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda whole: marks.MAGIC + b"\x07" + whole[17:], "the table was built by another version of sortlang"),
        (lambda whole: whole[:40], "the table is cut off"),
        (lambda whole: whole[:-1], "the table is cut off"),
        (lambda whole: whole + b"x", "the table is damaged"),
        (lambda whole: whole[:-1] + b" ", "the table is damaged"),
        (lambda whole: b"MZ" + whole[2:], "the table was built by another version of sortlang"),
    ],
)
def test_says_why(change: Callable[[bytes], bytes], why: str) -> None:
    with pytest.raises(Unusable) as raised:
        restore(change(table(program(TEXT))))
    assert raised.value.strerror == why


def test_a_table_of_another_schema_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    older = [[name, *those[:-1]] if name == "Account" else [name, *those] for name, *those in schema()]
    monkeypatch.setattr(room, "schema", lambda: older)
    whole = table(program(TEXT))
    monkeypatch.undo()
    with pytest.raises(Unusable, match="another version"):
        restore(whole)


# Whole, but made by nobody: sums that fit what makes no sense.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 5000) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.tuples(st.integers(0, marks.CLASS + len(CLASSES)), inner, inner, inner).map(list)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(JSON, JSON, st.binary(max_size=300))
def test_nonsense_is_no_program(held: Any, sources: Any, content: bytes) -> None:
    head = {"layout": room._layout(), "sources": sources, "program": held}
    with pytest.raises(Unusable):
        restore(b"".join(frame.framed(bytearray(content), head)))


@settings(deadline=None)
@given(JSON)
def test_a_head_of_nonsense_is_no_table(head: Any) -> None:
    with pytest.raises(Unusable):
        restore(b"".join(frame.framed(bytearray(8), head)))


def test_a_record_that_holds_itself_is_no_value() -> None:
    text = json.dumps([marks.TUPLE, [marks.RECORD, 4]]).encode()
    content = bytearray(4) + len(text).to_bytes(4, "little") + text
    with pytest.raises(Unusable):
        restore(
            b"".join(frame.framed(content, {"layout": room._layout(), "sources": [], "program": [marks.RECORD, 4]}))
        )


# The parts.


def test_blocks_check_what_is_read_and_nothing_else() -> None:
    content = bytearray(random.Random(1).randbytes(3 * SIZE + 5))
    known = memoryview(sums(content))
    content[SIZE + 7] ^= 1
    blocks = Blocks.of(memoryview(content), known)
    assert blocks.read(3, SIZE) == content[3:SIZE]
    assert blocks.read(2 * SIZE, 3 * SIZE + 5) == content[2 * SIZE :]
    assert blocks.read(SIZE, SIZE) == b""
    for start, stop in [(SIZE - 1, SIZE + 1), (0, len(content)), (-1, 3), (5, 4), (0, len(content) + 1)]:
        with pytest.raises(Unusable):
            blocks.read(start, stop)
    assert list(blocks.checked) == [1, 0, 1, 1]


@pytest.mark.parametrize("number", range(len(slots.HASHES)))
@given(st.dictionaries(st.text(max_size=6), st.integers(1, 9), min_size=1))
def test_a_hash_finds_its_keys_and_no_others(number: int, held: dict[str, int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks, "BIG", 1)
        patch.setattr(slots, "LONGEST", -1 if number else 512)
        encoder = Encoder()
        _, start, size, hash, count = encoder.value(held)
        content = encoder.content
    found = slots.Slots.of(Blocks.of(memoryview(content), memoryview(sums(content))), start, size, hash, count)
    assert hash == number
    assert size >= 2 * count == 2 * len(held)
    assert [key for key, _ in found.entries()] == list(held)
    assert all(found.find(key) == record for key, record in found.entries())
    assert all(found.find(key + "x") == -1 for key in held if key + "x" not in held)


def test_keys_that_are_thrown_together_get_another_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "HASHES", (lambda key: 5, slots.HASHES[1]))
    keys = [str(number).encode() for number in range(2 * slots.LONGEST)]
    assert slots.spread(keys, range(1, len(keys) + 1))[0] == 1
    assert slots.spread(keys[:100], range(1, 101))[0] == 0


def test_whatever_rules_are_made_of_is_known() -> None:
    values = {each for each in vars(nouns).values() if isinstance(each, type) and each.__module__ == nouns.__name__}
    missing = {each.__name__ for each in values if is_dataclass(each)} - {each.__name__ for each in CLASSES}
    assert not missing, "add them to CLASSES of sortlang.stored.schema"
    assert all(field.init for each in CLASSES for field in fields(each))


def test_what_the_schema_does_not_know_is_not_stored() -> None:
    with pytest.raises(TypeError, match="does not know complex"):
        store(replace(program(TEXT), digested=1j))  # type: ignore[arg-type]
