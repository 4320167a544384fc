"""What is said about text that is not well-formed: reason, place, way out; and what is read all the same."""

import pytest

from sortlang.source import Source
from sortlang.syntax.parse import parse
from sortlang.syntax.tree import Statement

SYNTAX = "syntax-error"


def findings(text: str) -> list[tuple[str, str, str, str]]:
    _, found = parse(Source("", text))
    return [(str(each.span)[1:], each.name, each.message, each.hint) for each in found]


def statements(text: str) -> tuple[Statement, ...]:
    return parse(Source("", text))[0].statements


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("sort a@b -> c@d\nsort * -> e;", "1:16", "expected `;` after `c@d`", "insert `;`"),
        ("sort a@b -> c@d  # why\n\nsort * -> e;", "1:16", "expected `;` after `c@d`", "insert `;`"),
        ("sort a@b -> c@d sort * -> e;", "1:16", "expected `;` after `c@d`", "insert `;`"),
        ('include "x"\ninclude "y";', "1:12", 'expected `;` after `include "x"`', "insert `;`"),
        ("sort * -> a", "1:12", "expected `;` after `a`", "insert `;`"),
        ("account x < user y >", "1:19", "expected `;` after `user y`", "insert `;`"),
        ("account x <\n user y\n keep 1d;\n>", "2:8", "expected `;` after `user y`", "insert `;`"),
        ("account x <\n disabled\n keep 1d;\n>", "2:10", "expected `;` after `disabled`", "insert `;`"),
        ("sort a > b;", "1:8", "expected `->`, found `>`", "replace `>` by `->`"),
        ("sort a < b;", "1:8", "expected `->`, found `<`", "replace `<` by `->`"),
        ("sort a => b;", "1:8", "expected `->`, found `=>`", "replace `=>` by `->`"),
        ("sort a → b;", "1:8", "expected `->`, found `→`", "replace `→` by `->`"),
        ("account x < sort a > b; >", "1:20", "expected `->`, found `>`", "replace `>` by `->`"),
        ('sort "a@b" -> ;', "1:14", "expected a target after `->`", ""),
        ("sort -> b;", "1:5", "expected a pattern after `sort`", ""),
        ("sort;sort a->;", "1:14", "expected a target after `->`", ""),
        ("sort *\ncopy a -> b;", "1:7", "expected `->` after `sort *`", ""),
        ("sort\n", "1:5", "expected a pattern after `sort`", ""),
        ("sort a, -> b;", "1:7", "unexpected `,`", "remove `,`"),
        ("sort a -> b,;", "1:12", "unexpected `,`", "remove `,`"),
        ("sort a -> b -> c;", "1:13", "unexpected `->`", "remove `->`"),
        ("server = x;", "1:8", "unexpected `=`", "remove `=`"),
        ("limit 100);", "1:10", "unexpected `)`", "remove `)`"),
        ("limit (100);", "1:7", "unexpected `(`", "remove `(`, then remove `)`"),
        ("limit 1;;", "1:9", "unexpected `;`", "remove `;`"),
        ("limit\u00a01;", "1:6", "unexpected U+00A0 (NO-BREAK SPACE)", "write a plain space"),
        ("a@b->c@d;", "1:1", "expected a keyword, found `a@b`", ""),
        ("srot a -> ;", "1:10", "expected a value after `->`", "did you mean `sort`?"),
        ("account x < user y; }", "1:21", "expected `>`, found `}`", "replace `}` by `>`"),
        ("sort * -> b; >", "1:14", "`>` closes nothing", "remove `>`"),
        ("account x = < user y; >", "1:11", "unexpected `=`", "remove `=`"),
    ],
)
def test_one_mistake_is_one_finding(text: str, place: str, message: str, hint: str) -> None:
    found = [each for each in findings(text) if each[1] == SYNTAX]
    assert found == [(place, SYNTAX, message, hint)]


def test_five_mistakes_are_five_findings() -> None:
    text = (
        'account "x" <\n'
        '  server "pop.ex.com"\n'
        '  user "x;\n'
        "  limit 100);\n"
        ">\n"
        "sort a@b > c@d;\n"
        "sort * ->\n"
        'expect "a@b" -> "c@d";\n'
    )
    assert [(place, name) for place, name, _, _ in findings(text)] == [
        ("2:22", SYNTAX),
        ("3:8", "unclosed-string"),
        ("4:12", SYNTAX),
        ("6:10", SYNTAX),
        ("7:10", SYNTAX),
    ]
    account, sort, expect = statements(text)
    assert [each.keyword.text for each in account.block] == ["server", "user", "limit"]
    assert [sort.shape, expect.shape] == ["arrow", "arrow"]


@pytest.mark.parametrize("end", [";", ""])
def test_a_broken_statement_never_takes_the_next_one_along(end: str) -> None:
    """Lark's `on_error` made `"a@b" -> *` of this: wrong mail, and no trace."""
    (only,) = statements(f'sort "a@b" -> {end}\nsort * -> x@y;')
    assert [each.values[0].text for each in only.left + only.right] == ["*", "x@y"]


def test_a_statement_with_an_invented_value_is_not_in_the_tree() -> None:
    assert [each.keyword.text for each in statements("sort -> b; keep 1d; sort a ->;")] == ["keep"]


def test_a_statement_with_one_obvious_mistake_is() -> None:
    assert statements("sort a => b; account x < user y limit; >") == statements(
        "sort a -> b; account x < user y limit; >"
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('user "x;\nkeep 1d;', "1:6"),
        ('user "x', "1:6"),
        ('user "x\\', "1:6"),
        ('server "pop; user "x"; password "y";', "1:8"),
        ('user "x"; server "pop; tls off;', "1:18"),
        ('sort a -> b; "', "1:14"),
        ('user "', "1:6"),
    ],
)
def test_an_unclosed_string_is_found_where_it_begins(text: str, place: str) -> None:
    assert [each[:2] for each in findings(text)] == [(place, "unclosed-string")]


def test_an_unclosed_string_hides_nothing_else() -> None:
    text = 'account "x" < server "pop.ex.com; user "u"; tls off; >\nsort * -> a@b;'
    account, sort = statements(text)
    assert [(each.keyword.text, each.left[0].values[0].text) for each in account.block] == [
        ("server", "pop.ex.com"),
        ("user", "u"),
        ("tls", "off"),
    ]
    assert sort.keyword.text == "sort"


def test_an_unclosed_string_that_swallows_a_bracket() -> None:
    assert [each[1] for each in findings('account "x" < user "u; >\nsort * -> a;')] == ["unclosed-string"]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (r'a "\q";', ["1:4"]),
        (r'a "C:\mail\new" "\u{110000}\u{d800}\u{}\u41";', ["1:6", "1:18", "1:28", "1:36", "1:40"]),
    ],
)
def test_unknown_escapes(text: str, places: list[str]) -> None:
    assert [each[:2] for each in findings(text)] == [(place, "bad-escape") for place in places]
    assert len(statements(text)) == 1


@pytest.mark.parametrize(
    "letter",
    "\0\x07\x0b\x0c\x1b\x7f\x85\u200b\u200e\u2028\u202e\u2066\ufeff\xad\U000e0041\ud800\u061c",
)
def test_what_cannot_be_seen_is_an_error_anywhere(letter: str) -> None:
    text = f'sort a@b -> "c{letter}@d"; # x{letter}y\nsort e{letter}@f -> g; {letter}sort h -> i;'
    places = [text.index(letter)]
    while text.find(letter, places[-1] + 1) >= 0:
        places.append(text.find(letter, places[-1] + 1))
    _, found = parse(Source("", text))
    assert [(each.name, each.span.start) for each in found] == [("control-character", place) for place in places]
    assert all(letter not in each.message + each.hint for each in found)


def test_a_carriage_return_that_ends_no_line() -> None:
    """On a screen it hides what stands before it; of an old Macintosh's file it makes one long comment."""
    assert [each[:2] for each in findings("# x\rsort a -> b;\r\n\r")] == [
        ("1:4", "control-character"),
        ("2:1", "control-character"),
    ]


def test_an_unclosed_block_is_found_at_its_bracket() -> None:
    text = 'account "x" <\n  user "u";\naccount "y" < user "v"; >\nsort * -> a;\n'
    assert [each[:2] for each in findings(text)] == [("1:13", "unclosed-block")]
    assert [each.keyword.text for each in statements(text)] == ["account", "account", "sort"]
    assert [each[:2] for each in findings("a < b < c;")] == [("1:3", "unclosed-block"), ("1:7", "unclosed-block")]


@pytest.mark.parametrize("brackets", ["<>", "{}"])
def test_depth_is_bounded(brackets: str) -> None:
    left, right = brackets
    assert findings(f"a{left}" * 8 + right * 8) == []
    assert [each[:2] for each in findings(f"a{left}" * 9 + right * 9)] == [("1:18", "too-deep")]
    assert "too-deep" in {each[1] for each in findings(f"a{left}" * 5000)}
    assert [each[1] for each in findings(f"a{left}" * 5000 + f"b;{right}" * 5000 + "c;")] == ["too-deep"]


def test_a_hundred_errors_are_enough() -> None:
    found = findings("sort ->;\n" * 5000)
    assert len(found) == 101
    assert found[-1][:2] == ("101:1", "too-many-errors")


@pytest.mark.parametrize(
    "text",
    [
        'password "canary" -> ;',
        "password canary ->",
        "password canary) ;",
        "password -> canary = canary -> ;",
        'password: "canary" canary ->',
        'user x password "canary" -> ;',
        'password "canary ;',
        "oauth = canary -> canary;",
        "password canary#canary\nlimit 1;",
    ],
)
def test_no_finding_repeats_a_password(text: str) -> None:
    _, found = parse(Source("", text))
    assert found
    assert "canary" not in repr(found)


def test_a_value_is_read_as_it_looks() -> None:
    """So that one hidden letter is one finding, and the resolver has nothing to add."""
    (sort,) = statements('sort a\u200bb@ex.com -> "c@\u202eex.com";')
    assert [each.values[0].text for each in sort.left + sort.right] == ["ab@ex.com", "c@ex.com"]
