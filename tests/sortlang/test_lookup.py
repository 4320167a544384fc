"""A look-up says what `Program.route` says, in memory and on disk, whatever it is asked."""

import gc
import weakref
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sortlang.address import Address, InvalidAddress
from sortlang.compile import compile
from sortlang.lookup import lookup, named, placed
from sortlang.memo import ROOM
from sortlang.program import Program
from sortlang.source import Source
from sortlang.store import restore, store
from sortlang.stored.lazy import StoredNumbers

LOCALS = st.sampled_from(["a", "b", "a+x", "a*", "*", "*x*", "A", "\u212a", "k"])
DOMAINS = st.sampled_from(["ex.com", "old.ex.com", "*.ex.com", "b.ex", "Ex.com", "ex.com."])
PATTERNS = st.builds("{}@{}".format, LOCALS, DOMAINS)
SIDES = st.one_of(PATTERNS, PATTERNS.map('"{}"'.format))
PLAIN = st.builds("sort {} -> {};\n".format, SIDES, SIDES)
OTHERS = st.sampled_from(
    [
        *("sort * -> b@ex.com;\n", "sort a@ex.com, b@ex.com -> b@ex.com;\n", "copy a@ex.com -> b@ex.com;\n", "\n"),
        *("sort b@ex.com -> discard;\n", 'domain "ex.com" < mailboxes "m"; >\n', "sort b@b.ex -> a@b.ex, b@b.ex;\n"),
        'account "x" < server "h.ex"; user "x"; password env "X"; sort a@ex.com -> k@b.ex; >\n',
        'account "y" < server "h.ex"; user "y"; password env "Y"; copy a@ex.com -> k@b.ex; >\n',
        'account "z" < server "h.ex"; user "z"; password env "Z"; >\n',
    ]
)
FILES = st.lists(st.one_of(PLAIN, PLAIN, PLAIN, OTHERS), max_size=14, unique=True).map("".join)
ASKED = st.one_of(
    PATTERNS,
    SIDES,
    st.just("*"),
    st.text(max_size=8),
    st.builds("{} -> {}".format, SIDES, SIDES),
    PATTERNS.map(" {} ".format),
)


def read(pattern: str, beside: Source) -> Sequence[Source]:
    return [Source(pattern, "a\nb\n")]


def programs(text: str) -> list[Program]:
    program, _ = compile(Source("x.sort", text), read)
    if not program:
        return []
    return [program, restore(b"".join(store(program)))]


def routed(program: Program, text: str, account: str | None) -> object:
    try:
        route = program.route(None if text == "*" else Address.parse(text), account)
    except InvalidAddress as why:
        return str(why)
    return named(route.destinations), route.rule.span.place if route.rule else "-"


def looked_up(program: Program, text: str, account: str | None) -> object:
    try:
        places, rule = placed(program, account)(text)
    except InvalidAddress as why:
        with pytest.raises(InvalidAddress):
            lookup(program, account)[text]
        return str(why)
    assert lookup(program, account)[text] == places
    return places, rule


@given(FILES, st.lists(ASKED, max_size=6))
@example("sort a@ex.com -> b@ex.com;\nsort b@ex.com -> b@b.ex;", ["a@ex.com -> b@ex.com;", "A@Ex.com", '"a@ex.com"'])
@example("sort k@ex.com -> b@ex.com;\n", ["\u212a@ex.com", "K@EX.COM.", "k@ex.com\n", "k@k@ex.com"])
@settings(max_examples=200, deadline=None)
def test_says_what_a_route_says(text: str, asked: list[str]) -> None:
    for program in programs(text):
        names = [None, *(each.name for each in program.accounts)]
        own = [str(each.pattern) for each in program.rules.sorts if "*" not in str(each.pattern)]
        for address in (*asked, *own):
            for name in names:
                assert looked_up(program, address, name) == routed(program, address, name)


def test_finds_each_of_many_on_disk_and_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a block of them, checked as they are read."""
    monkeypatch.setattr("sortlang.store.SMALL", 0)
    text = "".join(f"sort u{each}@ex{each % 7}.com -> v{each}@ex.com;\n" for each in range(3000))
    memory, disk = programs(f"{text}sort * -> z@ex.com;\n")
    bulk = disk.sorts[None].bulk
    assert bulk and isinstance(getattr(bulk, "places", None), StoredNumbers)
    for program in (memory, disk):
        ask = lookup(program)
        assert all(ask[f"u{each}@ex{each % 7}.com"] == (f"v{each}@ex.com",) for each in range(3000))
        assert placed(program)("u77@ex0.com") == (("v77@ex.com",), "x.sort:78")
        assert ask["u3000@ex4.com"] == ("z@ex.com",)


def test_a_look_up_makes_no_rule() -> None:
    for program in programs("sort a@ex.com -> b@ex.com;\nsort c@ex.com -> b@ex.com;\n"):
        bulk = program.sorts[None].bulk
        assert lookup(program)["a@ex.com"] == ("b@ex.com",)
        assert len(bulk.made) == 0  # type: ignore[union-attr]


def test_remembers_so_many_and_no_more() -> None:
    ask = lookup(programs("sort * -> b@ex.com;\n")[0])
    for each in range(2 * ROOM):
        ask[f"u{each}@ex.com"]
    assert len(ask) <= ROOM


def test_a_plain_line_with_a_star_is_stored_once_and_as_it_stands() -> None:
    text = "sort a@ex.com -> b@ex.com;\n# a word\nsort k*@ex.com -> b@ex.com;\nsort  *@b.ex -> b@ex.com;\n"
    text += "".join(f"sort x{each}*@ex.com -> y*@ex.com;\ncopy *@y{each}.com -> c@ex.com;\n" for each in range(50))
    memory, disk = programs(text)
    rules = ((*each.rules.sorts, *each.rules.copies) for each in (memory, disk))
    for one, other in zip(*rules, strict=True):
        assert (one, one.span.place, one.description) == (other, other.span.place, other.description)
        assert [each.span.place for each in one.targets] == [each.span.place for each in other.targets]
    content = b"".join(store(memory))
    assert (content.count(b"x7*@"), content.count(b'"x7*"')) == (1, 0)


def test_a_program_that_was_asked_is_gone_with_its_last_user() -> None:
    """The next one may be as large."""
    gc.disable()
    try:
        for program in programs("sort a@ex.com -> b@ex.com;\nsort *@ex.com -> c@ex.com;\n"):
            asked = Address.parse("a@ex.com")
            assert program.winner(asked) is program.winner(asked)
            assert lookup(program)["k@ex.com"] == ("c@ex.com",)
            gone = weakref.ref(program)
            del program
        assert gone() is None
    finally:
        gc.enable()
