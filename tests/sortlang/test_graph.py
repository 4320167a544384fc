"""The picture: everything is in it, nothing lies on anything else, and no name breaks it."""

import random
import re
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from in_memory import program as program_of
from sortlang.cli import main
from sortlang.files import load
from sortlang.globs.glob import Glob
from sortlang.graph import FORMATS, MOST, chart, graph
from sortlang.graphs import dot, mermaid, svg
from sortlang.graphs.chart import Box, Chart, End, Group, Place, Row
from sortlang.graphs.layered import Area, Picture, placed, rising
from sortlang.graphs.letters import cut, wrapped
from sortlang.pattern import Pattern
from sortlang.reports.screen import width
from sortlang.source import Source
from sortlang.syntax.parse import parse

EXAMPLES = sorted(each for each in (Path(__file__).parents[2] / "examples").glob("*.sort"))
SVG = "{http://www.w3.org/2000/svg}"
ACCOUNT = 'account "{}" < server "pop.{}.example"; user "u"; password env "P"; {} >\n'
FIVE = (
    '# By night.\naccount "night" < server "pop.night.example"; user "u"; password env "P"; >\n'
    "# The boss.\nsort anna@ex.com -> boss@ex.org;\n"
    'sort ben@ex.com, "b*@ex.com" -> ben@ex.org;\n'
    'sort "*@ex.com" -> "*@ex.com";\n'
    "copy anna@ex.com -> archive@ex.org;\n"
    "sort spam@ex.com -> discard;\nsort fax@ex.com -> keep;\n"
    'sort * -> all@ex.org;\ntransport all@ex.org -> maildir "attic/all";\n'
)
MANY = "".join(f"sort p{i}@ex.com -> p{i}@ex.com;\nsort p{i}@ex.org -> team{i % 5}@ex.com;\n" for i in range(100))


def rows(text: str) -> dict[str, list[Row]]:
    return {f"{each.scope or ''}{each.title}": list(each.rows) for each in chart(program_of(text)).groups}


def shown(drawing: str) -> str:
    """The text of a picture that is seen, tooltips and style left out."""
    return "\n".join(each.text or "" for each in ElementTree.fromstring(drawing).iter(f"{SVG}text"))


def test_everything_of_a_small_file_is_shown() -> None:
    text = shown(graph(program_of(FIVE)))
    for each in (
        *("night", "pop.night.example", "By night.", "@ex.com", "anna", "The boss.", "b*", "ben", "everything else"),
        *("boss", "all", "maildir attic/all", "discard", "keep", "archive", "@ex.org", "copy", "the same name"),
    ):
        assert each in text.splitlines(), each


def test_the_picture_in_the_manual_is_the_one_that_is_drawn() -> None:
    program, _ = load(EXAMPLES[0].with_name("company.sort"))
    assert program is not None
    assert (EXAMPLES[0].parents[1] / "docs" / "company.svg").read_text(encoding="utf-8") == graph(program)


def test_rules_in_full_are_tooltips() -> None:
    root = ElementTree.fromstring(graph(program_of(FIVE)))
    titles = [each.text for each in root.iter(f"{SVG}title")]
    assert "sort anna@ex.com -> boss@ex.org\nThe boss." in titles


def test_rows_are_rules_that_say_the_same() -> None:
    found = rows("sort b@ex.com, a@ex.com -> c@ex.org, b@ex.org;\nsort d@ex.com -> b@ex.org;\nsort * -> a@ex.com;")
    assert [(each.names, each.ends) for each in found["@ex.com"]] == [
        (("d",), ("b@ex.org",)),
        (("a", "b"), ("b@ex.org", "c@ex.org")),
    ]
    assert [each.names for each in found["everything else"]] == [("*",)]


def test_lists_have_a_group_of_their_own_and_what_detail_adds_is_not_drawn() -> None:
    program = program_of("sort anna@ex.com -> anna@ex.com;\nsort * -> a@ex.com;")
    rule = program.rules.sorts[0]
    lists = (replace(rule, kind="list", pattern=Pattern(Glob("*"), Glob("dev.lists.org"))),)
    added = replace(rule, pattern=Pattern.parse("anna+*@ex.com"), detail=True)
    rules = replace(program.rules, lists=lists, sorts=(*program.rules.sorts, added))
    groups = chart(replace(program, rules=rules)).groups
    assert {each.title: [row.names for row in each.rows] for each in groups} == {
        "@ex.com": [("anna",)],
        "mailing lists": [("dev.lists.org",)],
        "everything else": [("*",)],
    }


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("sort a@b.c -> a@b.c;", "whatever no rule takes"),
        ('sort "*@*" -> a@b.c;', "mail without a recipient"),
        ("sort * -> a@b.c;", None),
        (ACCOUNT.format("x", "x", "deliver a@b.c;"), None),
        (ACCOUNT.format("x", "x", "deliver a@b.c;") + ACCOUNT.format("y", "y", ""), "whatever no rule takes"),
        (ACCOUNT.format("x", "x", "sort * -> a@b.c;"), "whatever no rule takes"),
    ],
)
def test_what_no_rule_takes_is_shown(text: str, what: str | None) -> None:
    rest = [row.names for each in chart(program_of(text)).groups for row in each.rows if row.kind == "rest"]
    assert rest == ([(what,)] if what else [])


def test_an_account_leads_to_the_rules_that_are_asked() -> None:
    text = ACCOUNT.format("own", "o", "sort a@b.c -> d@b.c;") + ACCOUNT.format("fixed", "f", "deliver a@b.c;")
    drawing = graph(program_of(text + "sort * -> a@b.c;"))
    assert drawing.count('class="feed"') == 3  # own: its own and the file's; fixed: its own
    for each in ("asked first for own", "all mail of fixed", "rules for every account"):
        assert each in shown(drawing).splitlines()


def test_many_rules_share_rows() -> None:
    found = rows(MANY)
    assert [(len(each.names), each.ends) for each in found["@ex.com"]] == [(100, ("*@ex.com",))]
    assert [len(each.names) for each in found["@ex.org"]] == [20] * 5
    drawing = graph(program_of(MANY))
    assert "and " in shown(drawing)
    assert float(ElementTree.fromstring(drawing).attrib["height"]) < 1000


def test_an_address_with_a_transport_of_its_own_is_not_hidden_among_many() -> None:
    found = rows(MANY + 'transport p7@ex.com -> maildir "seven";')
    assert [each.names for each in found["@ex.com"] if each.ends == ("p7@ex.com",)] == [("p7",)]


@pytest.mark.parametrize("count", [MOST, MOST + 1])
def test_comments_are_shown_until_there_are_too_many(count: int) -> None:
    text = "".join(f"# note {i}\nsort p{i}@ex.com -> all@ex.com;\n" for i in range(count))
    (row, *others) = rows(text)["@ex.com"]
    assert len(others) == (count - 1 if count == MOST else 0)
    assert len(row.notes) == (1 if count == MOST else count)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers())
def test_the_order_of_statements_leaves_no_trace(path: Path, form: str, seed: int) -> None:
    first, _ = load(path)
    assert first is not None
    assert graph(program_of(shuffled(path.read_text(encoding="utf-8"), seed)), form) == graph(first, form)


def shuffled(text: str, seed: int) -> str:
    """The statements in another order, each below its comment."""
    pieces = []
    for each in parse(Source("", text))[0].statements:
        pieces.append("".join(f"# {line}\n" for line in each.description.splitlines()) + each.span.text + "\n\n")
    random.Random(seed).shuffle(pieces)
    return "".join(pieces)


@pytest.mark.parametrize("text", [FIVE, MANY, *(each.read_text(encoding="utf-8") for each in EXAMPLES)])
def test_nothing_lies_on_anything_else(text: str) -> None:
    picture = placed(chart(program_of(text)))
    assert_tidy(picture)


def assert_tidy(picture: Picture) -> None:
    cards = [card for panel in picture.panels for card in panel.cards]
    flat = [*picture.accounts, *cards, *picture.places]
    for one, other in combinations([each.area for each in flat], 2):
        assert apart(one, other)
    for one, other in combinations([each.area for each in picture.panels], 2):
        assert apart(one, other)
    sheet = Area(0, 0, picture.width, picture.height)
    assert all(within(each.area, sheet) for each in (*flat, *picture.panels))
    assert all(within(card.area, panel.area) for panel in picture.panels for card in panel.cards)
    assert all(within(strip.area, card.area) for card in flat for strip in card.strips)


def apart(one: Area, other: Area) -> bool:
    across = one.right <= other.x or other.right <= one.x
    return across or one.bottom <= other.y + 1e-6 or other.bottom <= one.y + 1e-6


def within(inner: Area, outer: Area) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.right <= outer.right + 1e-6
        and inner.bottom <= outer.bottom + 1e-6
    )


@given(st.lists(st.floats(-1e6, 1e6), max_size=30))
def test_rising_numbers_are_nearest_to_the_wishes(wishes: list[float]) -> None:
    found = rising(wishes)
    assert all(low <= high + 1e-6 for low, high in pairwise(found))
    assert sum(found) == pytest.approx(sum(wishes), abs=1e-3)
    others = [sorted(wishes), [max(wishes[: i + 1]) for i in range(len(wishes))]]
    assert all(distance(wishes, found) <= distance(wishes, each) * (1 + 1e-9) + 1e-3 for each in others)


def distance(one: list[float], other: list[float]) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def hostile() -> st.SearchStrategy[str]:
    marks = [
        "<",
        "&",
        '"',
        "'",
        "]]>",
        "</text>",
        "<script>",
        "#quot;",
        "\\",
        "\\n",
        "`",
        "-->",
        "{",
        "\u202e",
        "\x00",
        "日",
    ]
    return st.lists(st.sampled_from(marks) | st.text(max_size=5), min_size=1, max_size=8).map("".join)


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    keys = draw(st.lists(hostile(), min_size=1, max_size=4, unique=True))
    ends = tuple(End(each, draw(hostile()), draw(hostile() | st.just(""))) for each in keys)
    every = Row("sort", (draw(hostile()),), tuple(keys), (), ())
    names, some = (
        st.lists(hostile(), min_size=1, max_size=9).map(tuple),
        st.lists(st.sampled_from(keys), max_size=2).map(tuple),
    )
    row = st.builds(Row, st.sampled_from(["sort", "copy", "rest"]), names, some, names, names)
    group = st.builds(Group, hostile(), st.none(), st.lists(row, min_size=1, max_size=3).map(tuple))
    box = st.builds(Box, hostile(), hostile(), hostile(), st.booleans(), st.booleans())
    groups = (Group(draw(hostile()), None, (every,)), *draw(st.lists(group, max_size=2)))
    return Chart(tuple(draw(st.lists(box, max_size=2))), groups, (Place(draw(hostile()), ends),))


@settings(max_examples=60, deadline=None)
@given(charts())
def test_no_name_breaks_a_picture(drawn: Chart) -> None:
    assert_tidy(placed(drawn))
    root = ElementTree.fromstring(svg.draw(drawn).encode("utf-8"))
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        *("svg", "title", "style", "rect", "path", "g", "text", "circle"),
    }
    boxed = re.compile(
        r'    (?:    )?(?:subgraph )?\w+(?:\["[^"]*"\]|\(\["[^"]*"\]\))?|    end|    \w+ [-.> copy]+ \w+'
    )
    first, *lines, last = mermaid.draw(drawn).split("\n")
    assert (first, last) == ("flowchart LR", "")
    assert all(boxed.fullmatch(each) for each in lines)
    string = r'"(?:[^"\\]|\\.)*"'
    for line in dot.draw(drawn).split("\n"):
        assert re.fullmatch(r"[\w {}\[\]=,;>-]*", re.sub(string, "", line)), line


@pytest.mark.parametrize("text", [FIVE, MANY])
def test_a_picture_needs_nothing_else(text: str) -> None:
    drawing = graph(program_of(text))
    assert re.findall(r"https?://[^\"']*", drawing) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"href|@import|url\(|<script|\bon\w+=", drawing)
    assert "prefers-color-scheme: dark" in drawing


@given(st.text(max_size=60), st.integers(2, 20))
def test_a_text_is_cut_to_its_columns(text: str, most: int) -> None:
    assert width(cut(text, most)) <= most
    lines = wrapped(text.split() or ["x"], most)
    assert all(width(" ".join(line)) <= most for line in lines)
    assert sum(map(len, lines)) == len(text.split() or ["x"])


def run(*arguments: object, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["graph", *map(str, arguments)], input=text)


@pytest.mark.parametrize("form", FORMATS)
def test_the_command_draws(form: str, tmp_path: Path) -> None:
    drawing = graph(program_of(FIVE), form)
    assert run("-", "--format", form, text=FIVE).stdout == drawing
    assert run("-", "--format", form, "-o", tmp_path / "out", text=FIVE).output == ""
    assert (tmp_path / "out").read_text(encoding="utf-8") == drawing


def test_the_command_ends_with_a_status(tmp_path: Path) -> None:
    assert run("-", text=FIVE).exit_code == 0
    assert run("-", text="sort a -> ;").exit_code == 1
    assert run(tmp_path / "nowhere.sort").exit_code == 2
    failed = run("-", "-o", tmp_path / "no" / "where.svg", text=FIVE)
    assert (failed.exit_code, failed.stdout) == (2, "")
    assert "no such file or directory" in failed.stderr
