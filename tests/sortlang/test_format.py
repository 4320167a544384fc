"""The house style: what it looks like, and that it changes nothing else."""

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark
from lark import Lark

from sortlang.diagnostic import has_errors
from sortlang.format import format
from sortlang.layout import WIDTH
from sortlang.source import Source
from sortlang.syntax.grammar import text as grammar
from sortlang.syntax.lexis import lex
from sortlang.syntax.parse import parse
from sortlang.syntax.tree import Statement

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "examples").rglob("*.sort"), *(ROOT / "tests" / "cases").rglob("*.sort")])

NOT_WORDS = {"END", "COMMA", "EQUALS", "ARROW", "LESS", "MORE", "LEFT", "RIGHT", "COMMENT", "WS"}
VALUES = {
    "STRING": ['"s" ', '"a, b; # \\" < >"', '"*@ex.com"', '"日本"'],
    "WORD": ["sort ", "copy ", "account ", "group ", "user ", "keep\t", "x ", "a- ", "->"],
    "NUMBER": ["100 "],
    "SIZE": ["25MB "],
    "DURATION": ["7d "],
    "TIME": ["06:00 "],
    "ADDRESS": ["a@b ", "somebody.with.a.long.name@a-long-domain.example "],
    "PATTERN": ["* ", "*@ex.com ", "a*@*.ex.com "],
    "COMMENT": ["# c\n", "#\n", "  # why  \r\n", "\n# sort a -> b;\n"],
    "WS": [" ", "\n", "\n\n\n", "\r\n", "\t", "\n  ", "     "],
}


def formatted(text: str) -> str:
    return format(Source("m.sort", text))


def looks(text: str, house: str) -> None:
    house = dedent(house).lstrip("\n")
    assert formatted(dedent(text).lstrip("\n")) == house
    assert formatted(house) == house


def test_a_setting_has_its_line_and_a_block_angle_brackets() -> None:
    looks(
        'account "x" {server"pop.ex.com";user  x;}defaults<trash 60d;>;sort *->a@b;',
        """
        account "x" <
            server "pop.ex.com";
            user x;
        >
        defaults <
            trash 60d;
        >;
        sort * -> a@b;
        """,
    )


def test_an_empty_block_stays_on_its_line() -> None:
    looks("account x{\n\n}", "account x < >\n")


def test_one_blank_line_stays_but_not_at_an_edge() -> None:
    looks(
        "\n\nsort a@b -> c@d;\n\n\n\nsort e@f -> g@h;\naccount x <\n\n  user y;\n\n>\n\n\n",
        """
        sort a@b -> c@d;

        sort e@f -> g@h;
        account x <
            user y;
        >
        """,
    )


def test_comments_stay_where_they_are() -> None:
    looks(
        """
        # first


           # above
        sort a@b, # Anna
        # between
             c@d -> e@f; # behind

        account x { # head
        # inside
        user y; # why
        # last
        } # end
        # below
        """,
        """
        # first

        # above
        sort a@b,  # Anna
            # between
            c@d
            -> e@f;  # behind

        account x <  # head
            # inside
            user y;  # why
            # last
        >  # end
        # below
        """,
    )


def test_long_lists_are_parted_behind_commas_and_before_the_arrow() -> None:
    names = ", ".join(f"person-{number}@ex.com" for number in range(8))
    looks(
        f"sort {names} -> a@ex.com, b@ex.com;\nsort a@ex.com -> {names};\ngroup g = {names};",
        """
        sort person-0@ex.com, person-1@ex.com, person-2@ex.com, person-3@ex.com, person-4@ex.com,
            person-5@ex.com, person-6@ex.com, person-7@ex.com
            -> a@ex.com, b@ex.com;
        sort a@ex.com -> person-0@ex.com, person-1@ex.com, person-2@ex.com, person-3@ex.com,
            person-4@ex.com, person-5@ex.com, person-6@ex.com, person-7@ex.com;
        group g = person-0@ex.com, person-1@ex.com, person-2@ex.com, person-3@ex.com, person-4@ex.com,
            person-5@ex.com, person-6@ex.com, person-7@ex.com;
        """,
    )


def test_a_line_end_behind_a_comma_stays_and_no_other() -> None:
    looks(
        "group g =\n  a@b,\n c@d, e@f\n;\nsort\na@b\n->\nc@d;",
        """
        group g = a@b,
            c@d, e@f;
        sort a@b -> c@d;
        """,
    )


def test_a_list_that_just_fits_is_not_parted() -> None:
    line = f"sort {'a' * (WIDTH - 15)}@b -> c@d;\n"
    assert len(line) == WIDTH + 1
    assert formatted(line) == line
    assert formatted(line.replace("a@b", "aa@b")).count("\n") == 2


def test_no_line_begins_with_a_word_that_would_begin_a_statement() -> None:
    text = f'group g = "{"a" * 100}", sort, copy, b@c;'
    assert "\n    sort" not in formatted(text)
    same_meaning(text)


@pytest.mark.parametrize("text", ["", "\n\n", "\t \r\n"])
def test_nothing_stays_nothing(text: str) -> None:
    assert formatted(text) == ""


def test_line_ends_are_those_of_the_first_line() -> None:
    assert formatted("# a\r\nsort a -> b;\nx;") == "# a\r\nsort a -> b;\r\nx;\r\n"
    assert formatted("# a\nsort a -> b;\r\n") == "# a\nsort a -> b;\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_keeps_its_meaning(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if not has_errors(parse(Source("", text))[1]):
        same_meaning(text)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.sort")), ids=lambda path: path.stem)
def test_the_examples_are_in_the_house_style(path: Path) -> None:
    """But for the one on two lines, which shows that white space means nothing."""
    text = path.read_text(encoding="utf-8")
    assert (formatted(text) == text) is (path.name != "head.sort")


def scraps() -> dict[str, st.SearchStrategy[str]]:
    """What stands for each terminal that is not one mark."""
    return {name: st.sampled_from(values) for name, values in VALUES.items()}


def lark() -> Lark:
    return Lark(grammar(), parser="lalr", lexer="basic", start="file", maybe_placeholders=False)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(from_lark(lark(), explicit=scraps()))
@example("account x { a; } # c\n;")
@example("group g = a,\n# c\nb, # d\nc;")
def test_files_from_the_grammar_keep_their_meaning(text: str) -> None:
    assume(not has_errors(parse(Source("", text))[1]))
    same_meaning(text)


def odd_space() -> st.SearchStrategy[str]:
    return st.sampled_from([*VALUES["WS"], *VALUES["COMMENT"], " ", " "])


def has_statements(path: Path) -> bool:
    return bool(parse(Source("", path.read_text(encoding="utf-8")))[0].statements)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from([each for each in FILES if each.stat().st_size < 3000 and has_statements(each)]))
def test_files_with_odd_white_space_and_comments_keep_their_meaning(data: st.DataObject, path: Path) -> None:
    """Every lexeme of a real file, with something else between them."""
    source = Source("", path.read_text(encoding="utf-8"))
    spans = [each.span for each in parse(source)[0].statements]
    first = data.draw(st.integers(0, len(spans) - 1))
    last = data.draw(st.integers(first, min(first + 3, len(spans) - 1)))
    lexemes = [each for each in lex(source).lexemes if spans[first].start <= each.start < spans[last].end]
    text = "".join(data.draw(odd_space()) + each.text for each in lexemes)
    assume(not has_errors(parse(Source("", text))[1]))
    same_meaning(text)


def same_meaning(text: str) -> None:
    before, after = Source("m.sort", text), Source("m.sort", formatted(text))
    tree, found = parse(after)
    assert not has_errors(found)
    assert tree == parse(before)[0]
    assert descriptions(tree.statements) == descriptions(parse(before)[0].statements)
    assert bare(after) == bare(before)
    assert format(after) == after.text
    if text.isascii():
        assert_calm(after.text)


def bare(source: Source) -> str:
    """A text without white space, its blocks in angle brackets."""
    lexis = lex(source)
    marks = sorted((each.span.start, each.span.end) for each in (*lexis.lexemes, *lexis.comments))
    return "".join({"{": "<", "}": ">"}.get(text := source.text[start:end], text) for start, end in marks)


def descriptions(statements: tuple[Statement, ...]) -> list[object]:
    return [(each.description, descriptions(each.block)) for each in statements]


def assert_calm(text: str) -> None:
    lines = text.splitlines()
    assert all(line == line.rstrip() for line in lines)
    assert all(lines[index] or lines[index + 1] for index in range(len(lines) - 1))
    assert not lines or (lines[0] and lines[-1])
    assert all((len(line) - len(line.lstrip(" "))) % 4 == 0 for line in lines)
