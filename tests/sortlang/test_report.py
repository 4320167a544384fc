"""Reports: places, marks, masks, counts; nothing that moves a cursor."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from in_memory import compiled
from sortlang.diagnostic import Related, error, warning
from sortlang.report import FORMATS, report
from sortlang.reports import secrets as room
from sortlang.reports.screen import visible, width
from sortlang.reports.secrets import masked
from sortlang.source import Source, Span


def marked(text: str, start: int, end: int) -> tuple[str, str]:
    """The line shown and the marks below it."""
    shown = report((error("x", "y", Span(Source("f.sort", text), start, end)),)).splitlines()
    return shown[1], shown[2]


def under(lines: tuple[str, str]) -> str:
    """What stands above the marks, on a screen."""
    line, marks = lines
    first, last = marks.index("^"), marks.rindex("^")
    column, taken = 0, ""
    for letter in line:
        taken += letter if first <= column <= last else ""
        column += width(letter)
    return taken


@pytest.mark.parametrize(
    ("before", "place", "after"),
    [("", "sort", " *"), ("\t", "limt", " 1;"), ("a\t\t", "b", ""), ("日本 ", "語", "x"), ("é e\u0301 ", "x", "")],
)
def test_the_mark_stands_under_its_place(before: str, place: str, after: str) -> None:
    assert under(marked(before + place + after, len(before), len(before) + len(place))) == place


@given(
    before=st.text(st.characters(exclude_characters="\n\r"), max_size=80),
    place=st.text("ab日", min_size=1, max_size=10),
)
def test_the_mark_stands_under_its_place_whatever_stands_before(before: str, place: str) -> None:
    lines = marked(f"{before}{place}.", len(before), len(before) + len(place))
    assert under(lines).strip("\u0300\u0301").endswith(place)


def test_a_tab_reaches_to_the_next_column_of_four() -> None:
    assert marked("a\tb\tcdef\tg", 9, 10)[0].endswith("| a   b   cdef    g")


def test_a_place_over_several_lines_is_marked_to_the_end_of_the_first() -> None:
    assert under(marked("ab cd\nef", 3, 8)) == "cd"


def test_an_empty_place_has_one_mark() -> None:
    assert marked("ab", 2, 2)[1].count("^") == 1


def test_of_a_long_line_the_part_around_the_place_is_shown() -> None:
    line, marks = marked("x" * 500_000 + "here" + "y" * 500_000, 500_000, 500_004)
    assert len(line) < 200
    assert under((line, marks)) == "here"
    assert line.count("…") == 2


def test_the_whole_layout() -> None:
    source = Source("mail.sort", "limit 1;\nlimit 2;\n")
    first, second = Span(source, 0, 8), Span(source, 9, 17)
    finding = error("setting-twice", "said twice", second, "keep one", (Related(first, "first here"),))
    other = warning("odd", "odd", first, witness="a@b.c")
    assert report((finding, other)) == (
        "mail.sort:2:1: error[setting-twice]: said twice\n"
        "    2 | limit 2;\n"
        "      | ^^^^^^^^\n"
        "  mail.sort:1:1: first here\n"
        "    1 | limit 1;\n"
        "      | --------\n"
        "  hint: keep one\n"
        "\n"
        "mail.sort:1:1: warning[odd]: odd\n"
        "    1 | limit 1;\n"
        "      | ^^^^^^^^\n"
        "  witness: a@b.c\n"
        "\n"
        "1 error, 1 warning"
    )


def test_nothing_found_is_nothing_said() -> None:
    assert report(()) == ""
    assert json.loads(report((), "json")) == []


@given(text=st.text(max_size=60), name=st.text(max_size=10))
def test_no_report_moves_the_cursor(text: str, name: str) -> None:
    span = Span(Source(name, text), 0, len(text))
    shown = report((error("x", text, span, text, (Related(span, text),)),))
    assert all(letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl") for letter in shown)
    shown.encode()


def test_visible_writes_out_what_hides() -> None:
    assert visible("a\x1b[2J\u202eb\udcff") == "a\\u{1b}[2J\\u{202e}b\\u{dcff}"


def test_json_has_all_there_is() -> None:
    found = compiled("sort a@ex.com -> b@ex.com;\nsort a@ex.com -> c@ex.com;\n")[1]
    (first,) = json.loads(report(found, "json"))
    assert (first["name"], first["severity"], first["file"]) == ("duplicate-pattern", "error", "mail.sort")
    assert (first["line"], first["column"], first["end_line"], first["end_column"]) == (2, 6, 2, 14)
    assert first["related"][0]["line"] == 1


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "setting",
    [
        'password "canary";',
        'password "canary" "canary"',
        "password canary x canary;",
        "pasword canary",
        'password # why\n "canary";',
        'password "a;\\"canary";',
        "password = canary;",
        "password >canary>;",
        'Password "canary\\q";',
    ],
)
def test_no_report_shows_a_password(setting: str, form: str) -> None:
    text = f'account "a" < user "u"; user "u";\n {setting} tls off >\naccount "a" < {setting} tls off; >'
    found = compiled(text)[1]
    assert found
    assert "canary" not in report(found, form)


@pytest.mark.parametrize(
    "text",
    ['password env "X";', 'password file "x/y";', "password command x;", "passenger anna;", "sort p@a.b -> c@d.e"],
)
def test_what_is_no_password_is_shown(text: str) -> None:
    assert masked(Source("f", text), 0, len(text)) == text


@given(
    pieces=st.lists(
        st.sampled_from(
            [
                *('password "canary";', "password canary\n", "sort a -> b;", "\n", "é", ";\n", "; \r\n", "x;\n\n"),
                *("# password\n", "password # said;\n", "# x;\n", 'password ";', "passwort", '"', "a\nb;\n"),
            ]
        ),
        max_size=12,
    ),
    cut=st.tuples(st.integers(0, 120), st.integers(0, 120)),
    near=st.integers(1, 60),
)
@settings(max_examples=500)
def test_a_part_is_masked_as_the_whole(pieces: list[str], cut: tuple[int, int], near: int) -> None:
    """Whatever of the text around it is looked at."""
    source = Source("f", " ".join(pieces))
    start, end = sorted(min(each, len(source.text)) for each in cut)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "NEAR", near)
        assert masked(source, start, end) == masked(source, 0, len(source.text))[start:end]


def test_masking_a_hostile_text_takes_no_time() -> None:
    """Quadratic work on a megabyte would never end."""
    for piece in ("password ", "password\t\t\t", "password #\n", 'password "', 'pass "\\', "p" * 12):
        text = piece * (1_000_000 // len(piece))
        assert len(masked(Source("f", text), 0, len(text))) == len(text)
