"""Runs of plain lines: read at once, they say what they say line by line."""

import random
from collections.abc import Sequence
from zlib import crc32

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sortlang import compile as room
from sortlang import sift as sifting
from sortlang.address import Address
from sortlang.compile import compile
from sortlang.diagnostic import Diagnostics
from sortlang.program import Program
from sortlang.prove import changes
from sortlang.reading import Reader
from sortlang.runs.bulk import Bulk
from sortlang.runs.run import statement
from sortlang.runs.slots import HASHES, filled
from sortlang.runs.sorts import Sorts
from sortlang.source import Source, Span
from sortlang.syntax import lexis
from sortlang.syntax.grammar import grammar
from sortlang.syntax.lexis import lex
from sortlang.syntax.parse import parse, skim

HALVES = st.sampled_from(["a", "b", "a*", "*", "A", "a+x", "*x*", "b**", "o'b", ""])
DOMAINS = st.sampled_from(["ex.com", "old.ex.com", "*.ex.com", "x-.y", "Ex.com", "ex.com.", "ex..com", "exmaple.com"])
ADDRESSES = st.builds("{}@{}".format, HALVES, DOMAINS)
SIDES = st.one_of(ADDRESSES, ADDRESSES.map('"{}"'.format))
WORDS = st.sampled_from(["sort", "sort", "sort", "copy", "expect", "srot"])
ENDS = st.sampled_from([";\n", ";\n", ";\r\n", ";", " ;\n", "\n", "; # said\n"])
LINES = st.builds("{} {} -> {}{}".format, WORDS, SIDES, SIDES, ENDS)
OTHERS = st.sampled_from(
    [
        *(
            "\n",
            "# Sales.\n",
            "  ",
            "\ufeff",
            "\0",
            '"',
            "sort * -> a@ex.com;\n",
            "sort a@ex.com, b@ex.com -> c@ex.com;\n",
        ),
        *('account "x" < server "h.ex"; user "x"; password env "X";\n', "deliver a@ex.com;", ">\n", "> ", "group g ="),
        *('sort "A@EX.com" -> discard;\n', 'sort "*@*" -> keep;\n', 'domain "ex.com" < mailboxes "m"; >\n', "sort\n"),
        *('include "more.sort";\n', "transport * -> smtp mail.ex.com;\n", "# sortlang: allow redundant-rule\n"),
    ]
)
FILES = st.lists(st.one_of(LINES, LINES, LINES, OTHERS), max_size=14).map("".join)


def read(pattern: str, beside: Source) -> Sequence[Source]:
    if pattern == "more.sort":
        return [Source("more.sort", "sort a@ex.com -> b@ex.com;\nsort c@ex.com -> b@ex.com;\n")]
    return [Source(pattern, "a\nb\n")]


def by_lines(source: Source, reader: Reader) -> tuple[Program | None, Diagnostics]:
    """What the compiler says without runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "skim", parse)
        return compile(source, reader)


def assert_equal(text: str) -> None:
    source = Source("x.sort", text)
    (fast, said), (slow, wanted) = compile(source, read), by_lines(source, read)
    assert said == wanted
    assert (fast is None) == (slow is None)
    if fast and slow:
        assert fast.digest == slow.digest
        assert fast.rules == slow.rules
        for mine, its in ((fast.rules.sorts, slow.rules.sorts), (fast.rules.copies, slow.rules.copies)):
            assert [_places(each) for each in mine] == [_places(each) for each in its]


def _places(rule: object) -> list[object]:
    spans = [rule.span, *(each.span for each in rule.targets)]  # type: ignore[attr-defined]
    return [(each.source.name, each.start, each.end) for each in spans]


@given(FILES)
@example('sort "a@ex.com" -> "b@ex.com";\nsort "a@ex.com" -> "b@ex.com";\nsort a@ex.com -> c@ex.com;')
@example("sort a@ex.com -> b@ex.com;\ngroup g =\nsort a@old.ex.com -> b@ex.com;\nsort b@ex.com -> b@ex.com;\n")
@example("# Anna.\nsort a@ex.com -> b@ex.com;")
@example("# Anna.\nsort a@ex.com -> b@ex.com;\nsort *@ex.com -> b@ex.com;\nsort A@ex.com -> discard;\n")
@example(
    "sort *@ex.com -> *@old.ex.com;\nsort **@old.ex.com -> b**@ex.com;\n"
    "sort a@ex.com -> *@ex.com;\ncopy *x*@ex.com -> *@ex.com;\n"
)
@example(
    "sort a@ex.com, b@ex.com -> c@ex.com;\nsort *@ex.com -> c@ex.com;\n"
    'sort *@ex.com -> b@ex.com;\nsort "*@*" -> keep;\n'
)
@example("sort a@ex.com -> a@exmaple.com;\nsort b@ex.com -> b@example.com;\n")
@settings(max_examples=300, deadline=None)
def test_a_file_says_the_same_by_runs_and_by_lines(text: str) -> None:
    assert_equal(text)


@given(st.lists(st.one_of(LINES, LINES, OTHERS), max_size=9), st.integers(0, 3), st.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_a_difference_is_the_same_by_runs_and_by_lines(lines: list[str], first: int, last: int) -> None:
    sources = [Source("x.sort", "".join(each)) for each in (lines[first:], lines[: len(lines) - last])]
    fast, slow = ([by(each, read)[0] for each in sources] for by in (compile, by_lines))
    if fast[0] and fast[1] and slow[0] and slow[1]:
        assert changes(fast[0], fast[1]) == changes(slow[0], slow[1])


@given(st.lists(st.builds("{} {}@{} -> {}@{};\n".format, WORDS, HALVES, DOMAINS, HALVES, DOMAINS)).map("".join))
@settings(max_examples=300, deadline=None)
def test_a_run_is_what_the_lexemes_say(text: str) -> None:
    """Every line of a run is the statement that the grammar's own rules make of it, alone and where it stands."""
    source = Source("x.sort", text)
    tree, _ = skim(source)
    parsed, found = parse(source)
    mine = [statement(source, each) for each in sifting._lines(tree)]
    assert all(each in parsed.statements for each in mine)
    if not found:
        assert sorted((*tree.statements, *mine), key=lambda each: each.span.start) == list(parsed.statements)


@given(FILES)
@settings(max_examples=300, deadline=None)
def test_the_lines_of_runs_are_the_statements_of_the_text(text: str) -> None:
    tree, found = skim(Source("x.sort", text))
    wanted, said = parse(tree.source)
    assert (sifting.whole(tree), found) == (wanted, said)
    assert [each.span for each in sifting.whole(tree).statements] == [each.span for each in wanted.statements]


@given(FILES)
@settings(max_examples=200, deadline=None)
def test_runs_are_read_as_larks_own_lexer_does(text: str) -> None:
    text = text.rstrip(" \t\r\n") + "\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexis, "paired_anew", lambda lexemes: lexemes)
        patch.setattr(lexis, "_without_described", lambda lexeme: (lexeme,))
        patch.setattr(lexis, "_end", len)
        ours = [(each.type, each.start, each.end) for each in lex(Source("", text), runs=True).lexemes]
    theirs = [(each.type, each.start_pos, each.end_pos) for each in grammar().lex(text)]
    assert ours == theirs


def test_rules_have_numbers_in_their_order() -> None:
    text = (
        "sort *@a.com -> x@ex.com;\nsort a@ex.com -> x@ex.com;\nsort b@ex.com -> x@ex.com;\nsort *@b.com -> x@ex.com;\n"
    )
    program, _ = compile(Source("x.sort", f"{text}sort c@ex.com -> x@ex.com;\nsort *@c.com -> keep;\n"), read)
    assert program
    sorts = program.rules.sorts
    assert [sorts[each] for each in range(-6, 6)] == [*sorts, *sorts]
    assert sorts[1:3] == tuple(sorts)[1:3]
    with pytest.raises(IndexError):
        sorts[6]


def test_bulk_makes_the_same_rule_for_as_long_as_somebody_holds_it() -> None:
    program, _ = compile(Source("x.sort", "sort a@ex.com -> b@ex.com;\nsort * -> c@ex.com;\n"), read)
    assert program and isinstance(program.rules.sorts, Sorts)
    first = program.winner(Address.parse("a@ex.com"))
    assert first is program.rules.sorts.bulk[0] is next(iter(program.rules.sorts))


def test_many_files_and_many_runs() -> None:
    draw = random.Random(4)
    names = [f"{number}.sort" for number in range(20)]
    texts = {name: "\n".join(_some_lines(draw)) for name in names}
    text = "".join(f'include "{name}";\nsort top{name}@ex.com -> a@ex.com;\n\n' for name in names)

    def known(pattern: str, beside: Source) -> Sequence[Source]:
        return [Source(pattern, texts[pattern])]

    source = Source("x.sort", text + "sort * -> a@ex.com;\n")
    (fast, said), (slow, wanted) = compile(source, known), by_lines(source, known)
    assert fast and slow and said == wanted
    assert [*map(_places, fast.rules.sorts)] == [*map(_places, slow.rules.sorts)]
    for rule in slow.rules.sorts:
        asked = Address.parse(f"{rule.pattern.local.text}@{rule.pattern.domain.text}".replace("*", "x"))
        assert fast.route(asked) == slow.route(asked)


def _some_lines(draw: random.Random) -> list[str]:
    number = draw.randrange(1_000_000)
    lines = [f"sort u{number + each}@ex{each % 3}.com -> v{each}@ex.com;" for each in range(draw.randrange(40))]
    return [line if draw.random() < 0.8 else f"\n{line.replace('@ex', '*@ex', 1)}" for line in lines]


def test_addresses_that_a_hash_throws_together_are_found() -> None:
    text = "".join(f"sort u{number}@ex.com -> v@ex.com;\n" for number in range(700))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sifting, "HASHES", (lambda part, before=0: 7, HASHES[1]))
        trees, _, bulk = sifting.sift([skim(Source("x.sort", text))[0]])
    assert bulk.hash == 1 and not trees[0].statements
    assert [bulk.find(f"u{number}@ex.com") for number in range(700)] == list(range(700))


def test_slots_tell_equal_keys_from_equal_hashes() -> None:
    keys = [b"a", b"b", b"a", b"c"]
    slots, again = filled([crc32(b"")] * 4, lambda one, other: keys[one] == keys[other]) or ([], [])
    assert again == [0, 2] and sorted(filter(None, slots)) == [1, 2, 4]


def test_a_rule_of_the_bulk_stands_where_it_stands() -> None:
    source = Source("x.sort", 'sort "a@ex.com"   -> b@ex.com;\n')
    program, _ = compile(source, read)
    assert program and isinstance(program.rules.sorts, Sorts) and isinstance(program.rules.sorts.bulk, Bulk)
    rule = program.rules.sorts.bulk[0]
    assert rule.span == Span(source, 5, 15) and rule.targets[0].span == Span(source, 21, 29)
