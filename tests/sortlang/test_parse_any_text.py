"""Whatever the text: a tree, findings with places inside it, and no exception."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sortlang.diagnostic import has_errors
from sortlang.source import Source
from sortlang.syntax.lexis import lex
from sortlang.syntax.parse import parse
from sortlang.syntax.recover import recover
from sortlang.syntax.tree import Statement

WORDS = [
    *("sort", "copy", "account", "defaults", "include", "group", "user", "keep", "disabled", "x"),
    *("a@b", "*@ex.com", "*", "100", "7d", "25MB", "06:00", "ü", '"s"', '"a@b"', '"a\\"\\\\"', '"#;"'),
]
MARKS = ["->", ";", "<", ">", "{", "}", ",", "="]
NOISE = ['"', "\\", "-", "(", "\0", "\u202e", "=>", "\r", "\ufeff", '"\\q"']
SPACES = [" ", "", "\n", "\r\n", "\n\n", "\t", " # note\n"]


def values() -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(WORDS[9:]), min_size=1, max_size=3).map(" ".join)


def items() -> st.SearchStrategy[str]:
    return st.lists(values(), min_size=1, max_size=3).map(", ".join)


def lines() -> st.SearchStrategy[str]:
    word = st.sampled_from(WORDS[:10])
    return st.one_of(
        word.map("{};".format),
        st.builds("{} {};".format, word, items()),
        st.builds("{} {}->{};".format, word, items(), items()),
        st.builds("group {} = {};".format, values(), items()),
    )


def files() -> st.SearchStrategy[str]:
    def joined(each: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.lists(each, max_size=5).map(" # c\n".join)

    def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        bracket = st.sampled_from(["account {} < {}\n>", "domain {} {{\n{}\n}};"])
        return st.builds(lambda form, name, inside: form.format(name, inside + "\n"), bracket, values(), joined(inner))

    return st.lists(st.recursive(lines(), blocks, max_leaves=8), max_size=6).map("\n".join)


def soup() -> st.SearchStrategy[str]:
    """The right words in no order."""
    return st.lists(st.sampled_from(WORDS + MARKS * 3 + NOISE + SPACES * 3), max_size=60).map("".join)


def mutants() -> st.SearchStrategy[str]:
    """A file with a stretch of it replaced."""

    def mutated(text: str, start: int, length: int, new: str) -> str:
        at = start % (len(text) + 1)
        return text[:at] + new + text[at + length :]

    return st.builds(mutated, files(), st.integers(0, 500), st.integers(0, 4), st.sampled_from(["", *MARKS, *NOISE]))


def assert_sane(text: str) -> None:
    source = Source("m.sort", text)
    tree, found = parse(source)
    for each in found:
        assert 0 <= each.span.start <= each.span.end <= len(text)
        assert each.message and each.message == each.message.strip()
        assert each.span.line >= 1
    for statement in tree.statements:
        assert_inside(statement, 0, len(text))
    assert [each.text for each in tree.comments] == [each.span.text for each in tree.comments]


def assert_inside(statement: Statement, start: int, end: int) -> None:
    span = statement.span
    assert start <= span.start < span.end <= end
    assert statement.keyword.span.start == span.start
    for item in statement.left + statement.right:
        assert span.start <= item.span.start < item.span.end <= span.end
        assert item.values[0].span.start == item.span.start
    for each in statement.block:
        assert_inside(each, span.start, span.end)


@given(st.text(max_size=300))
@settings(deadline=None)
@example("sort \ud800 -> \udfff;")
@example("\ufeff\ufeff")
def test_any_text(text: str) -> None:
    assert_sane(text)


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes(data: bytes) -> None:
    assert_sane(data.decode("latin-1"))
    assert_sane(data.decode("utf-8", "surrogateescape"))


@given(soup())
@settings(max_examples=400, deadline=None)
def test_the_right_words_in_no_order(text: str) -> None:
    assert_sane(text)


@given(mutants())
@settings(max_examples=300, deadline=None)
def test_files_with_a_mistake(text: str) -> None:
    assert_sane(text)


@given(files())
@settings(max_examples=200, deadline=None)
def test_files_are_read_without_findings(text: str) -> None:
    _, found = parse(Source("", text))
    assert found == ()


@given(files())
@settings(max_examples=200, deadline=None)
def test_piece_by_piece_is_the_same_as_at_once(text: str) -> None:
    """Recovery reads a sound text as the parser does, spans and descriptions included."""
    source = Source("", text)
    tree, _ = parse(source)
    statements, found = recover(lex(source).lexemes)
    assert found == ()
    assert list(map(_everything, statements)) == list(map(_everything, tree.statements))


@given(files(), st.data())
@settings(max_examples=200, deadline=None)
def test_a_mistake_in_one_line_spares_the_others(text: str, data: st.DataObject) -> None:
    """All other statements of the file are read as if the broken one were not there."""
    above = parse(Source("", text))[0].statements
    broken = data.draw(st.sampled_from(["sort a -> ;", "sort -> b;", "copy ( -> ;", "x ->;"]))
    tree, found = parse(Source("", f"{text}\n{broken}\nsort * -> z@z;\n{text}"))
    assert len(found) == 1
    between = tree.statements[len(above) : len(tree.statements) - len(above)]
    assert [each.keyword.text for each in between] == ["sort"]
    assert tree.statements == above + between + above


@given(mutants())
@settings(max_examples=200, deadline=None)
def test_no_statement_is_lost_in_silence(text: str) -> None:
    """Without a finding, every character is in a statement, in a comment or white."""
    tree, found = parse(Source("", text))
    if has_errors(found):
        return
    covered = sorted((each.span.start, each.span.end) for each in (*tree.statements, *tree.comments))
    rest, at = "", 0
    for start, end in covered:
        rest += text[at : max(at, start)]
        at = max(at, end)
    assert not re.sub(r"[ \t\r\n\ufeff]", "", rest + text[at:])


def _everything(statement: Statement) -> object:
    return (
        statement,
        statement.span,
        statement.description,
        [item.span for item in statement.left + statement.right],
        [_everything(each) for each in statement.block],
    )
