"""What well-formed text says."""

import pytest

from sortlang.source import Source
from sortlang.syntax.parse import parse
from sortlang.syntax.tree import Item, Statement, Tree

HEAD = """\
account "x" < server "pop.ex.com"; user "x"; password env "X_PASSWORD"; tls required; limit 100; keep 7d; >
sort "*@ex.com" -> "*@ex.com"; sort * -> admin@ex.com;
"""


def clean(text: str) -> Tree:
    tree, found = parse(Source("mail.sort", text))
    assert found == ()
    return tree


def one(text: str) -> Statement:
    (statement,) = clean(text).statements
    return statement


def kinds(items: tuple[Item, ...]) -> list[list[str]]:
    return [[f"{value.kind} {value.text}" for value in item.values] for item in items]


def test_the_file_as_it_was_asked_for() -> None:
    account, narrow, wide = clean(HEAD).statements
    assert (account.shape, account.keyword.text, kinds(account.left)) == ("block", "account", [["string x"]])
    assert [(each.keyword.text, kinds(each.left)) for each in account.block] == [
        ("server", [["string pop.ex.com"]]),
        ("user", [["string x"]]),
        ("password", [["word env", "string X_PASSWORD"]]),
        ("tls", [["word required"]]),
        ("limit", [["number 100"]]),
        ("keep", [["duration 7d"]]),
    ]
    assert (narrow.shape, kinds(narrow.left), kinds(narrow.right)) == (
        "arrow",
        [["string *@ex.com"]],
        [["string *@ex.com"]],
    )
    assert (kinds(wide.left), kinds(wide.right)) == ([["pattern *"]], [["address admin@ex.com"]])


@pytest.mark.parametrize(
    "text",
    [
        HEAD.replace("\n", " "),
        HEAD.replace("\n", "\r\n"),
        "\ufeff" + HEAD,
        HEAD.replace(" <", "\n<\n\t").replace("; ", " ;\n\n\t"),
        HEAD.replace("<", "{").replace(" >", " }"),
        HEAD.replace(" >", " >;"),
        HEAD.replace("; ", ";").replace(" < ", "<").replace(" -> ", "->").replace(" >", ">").replace("\n", ""),
        HEAD.replace("\n", ' # a comment; sort a -> b; "\n'),
        HEAD.rstrip("\n"),
    ],
    ids=["one line", "CR LF", "BOM", "airy", "braces", "semicolon behind", "dense", "comments", "no last line end"],
)
def test_layout_says_nothing(text: str) -> None:
    assert clean(text).statements == clean(HEAD).statements


def test_a_bare_address_leaves_the_arrow_alone() -> None:
    arrow = one("sort a@b->c@d;")
    assert (arrow.shape, kinds(arrow.left), kinds(arrow.right)) == ("arrow", [["address a@b"]], [["address c@d"]])


@pytest.mark.parametrize("value", ["a-b@c-d", "*", "*-x@y", "7d", "100", "25MB", "06:00", "mon-fri", "-", "a@b-"])
def test_no_bare_value_swallows_an_arrow(value: str) -> None:
    arrow = one(f"sort {value}->{value};")
    assert arrow.left == arrow.right
    assert [each.text for item in arrow.left for each in item.values] == [value]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("limit", "word"),
        ("X-Original-To", "word"),
        ("pop.ex.com", "word"),
        ("pop.ex.com:995", "word"),
        ("[::1]:995", "word"),
        ("10XB", "word"),
        ("1h30", "word"),
        ("grün", "word"),
        ("100", "number"),
        ("0", "number"),
        ("10KB", "size"),
        ("25MB", "size"),
        ("1GiB", "size"),
        ("512B", "size"),
        ("30s", "duration"),
        ("1h30m", "duration"),
        ("2w", "duration"),
        ("06:00", "time"),
        ("a@ex.com", "address"),
        ("o'brien+x@ex.com", "address"),
        ("jörg@bücher.de", "address"),
        ("a@[192.0.2.1]", "address"),
        ("1@2", "address"),
        ("*", "pattern"),
        ("*@ex.com", "pattern"),
        ("*.isp.net", "pattern"),
        ("rules.d/*.sort", "pattern"),
    ],
)
def test_what_a_bare_value_looks_like_is_its_kind(text: str, kind: str) -> None:
    assert kinds(one(f"word {text};").left) == [[f"{kind} {text}"]]


def test_strings_resolve_their_escapes() -> None:
    value = one(r'word "a \"b\" \\ \t \n \u{e4} \u{1F4E7} # ; -> <";').left[0].values[0]
    assert value.text == 'a "b" \\ \t \n ä 📧 # ; -> <'
    assert value.kind == "string"


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("disabled;", [], []),
        ("every 1m between 06:00 and 22:00 on mon-fri;", ["1m between 06:00 and 22:00 on mon-fri"], []),
        ('envelope "X-A", "X-B" strip "p-";', ["X-A", "X-B strip p-"], []),
        ("password literal;", ["literal"], []),
        ('expect message "f.eml" in "x" -> discard;', ["message f.eml in x"], ["discard"]),
        ('expect every "*@ex.com" -> "*@ex.com";', ["every *@ex.com"], ["*@ex.com"]),
        ('sort list "dev.lists.org" -> a@b,c@d , keep;', ["list dev.lists.org"], ["a@b", "c@d", "keep"]),
        ('transport *@ex.com -> pipe "/bin/x" "y";', ["*@ex.com"], ["pipe /bin/x y"]),
        ("group sales = anna@ex.com, ben@ex.com;", ["sales"], ["anna@ex.com", "ben@ex.com"]),
        ("trust by *.isp.net;", ["by *.isp.net"], []),
    ],
)
def test_statements(text: str, left: list[str], right: list[str]) -> None:
    def said(items: tuple[Item, ...]) -> list[str]:
        return [" ".join(value.text for value in item.values) for item in items]

    statement = one(text)
    assert (said(statement.left), said(statement.right)) == (left, right)
    assert statement.span.text == text


def test_blocks_stand_in_blocks() -> None:
    outer = one('domain "ex.com" < mailboxes "f"; inner < deep < a; > b; > detail "+"; >')
    assert [each.keyword.text for each in outer.block] == ["mailboxes", "inner", "detail"]
    assert [each.keyword.text for each in outer.block[1].block] == ["deep", "b"]


def test_spans_are_exact() -> None:
    text = '\ufeff# said\r\n  account "é" <\n\tuser  "a\\tb" ;\n> ; sort *->b;'
    account, sort = clean(text).statements
    assert account.span.text == 'account "é" <\n\tuser  "a\\tb" ;\n> ;'
    assert str(account.span) == "mail.sort:2:3"
    (user,) = account.block
    assert (str(user.span), user.span.text) == ("mail.sort:3:2", 'user  "a\\tb" ;')
    assert str(user.left[0].values[0].span) == "mail.sort:3:8"
    assert user.left[0].values[0].span.text == '"a\\tb"'
    assert [each.span.text for each in (sort, sort.keyword, sort.left[0], sort.right[0])] == [
        "sort *->b;",
        "sort",
        "*",
        "b",
    ]


def test_the_comment_directly_above_is_the_description() -> None:
    tree = clean(
        "# the firm\n\n#  anna,\n#who else\nsort a -> b; # not this\nsort c -> d;\n"
        "account x <\n  # of the user\n  user y;\n  # nobody's\n>\n# the end\n"
    )
    first, second, account = tree.statements
    assert first.description == " anna,\nwho else"
    assert second.description == ""
    assert account.description == ""
    assert account.block[0].description == "of the user"


def test_comments_are_kept_with_their_places() -> None:
    tree = clean('# one\nsort "#no" -> b; # two \r\n#\n')
    assert [each.text for each in tree.comments] == ["# one", "# two", "#"]
    assert all(each.span.text == each.text for each in tree.comments)


@pytest.mark.parametrize("text", ["", " \r\n\t", "\ufeff", "\ufeff\n", "# only this", "#"])
def test_nothing_is_a_file_too(text: str) -> None:
    assert clean(text).statements == ()


def test_words_that_are_keywords_elsewhere() -> None:
    assert kinds(one("sort sort -> keep;").left) == [["word sort"]]
    assert kinds(one("sort * ->\n  keep,\n  user;").right) == [["word keep"], ["word user"]]
    assert kinds(one('group\n  "sort" = a@b;').left) == [["string sort"]]
