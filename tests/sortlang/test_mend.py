"""Mending: what has a fix is mended, no mail goes elsewhere by it, and what would send it elsewhere is left."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from in_memory import ACCOUNT, program, reader
from sortlang.address import Address
from sortlang.analysis.needless import Needless
from sortlang.mend import Mended, Root, mend
from sortlang.pattern import Pattern
from sortlang.source import Source

GLOBS = st.lists(st.sampled_from(["*", "a", "b"]), min_size=1, max_size=3).map("".join)
PATTERNS = st.one_of(st.just("*"), st.tuples(GLOBS, GLOBS.map(lambda glob: f"{glob}.x")).map("@".join))
ARROWS = st.lists(
    st.tuples(st.sampled_from(["sort", "copy"]), PATTERNS, st.sampled_from("xy")),
    max_size=8,
    unique_by=lambda each: (each[0], Pattern.parse(each[1])),
)
RULES = ARROWS.map(lambda arrows: "".join(f'{kind} "{left}" -> {to}@ex.com;\n' for kind, left, to in arrows))
ADDRESSES = [
    Address.parse(f"{local}@{domain}.x") for local in ("a", "b", "ab", "ba", "bb") for domain in ("a", "ab", "q")
]


def mended(text: str, files: Mapping[str, str] | None = None) -> Mended:
    return mend([Root(Source("mail.sort", text), reader({"mail.sort": text, **(files or {})}))])


def after(text: str, files: Mapping[str, str] | None = None) -> str:
    changed = {new.name: new.text for _, new in mended(text, files).changed}
    return changed.get("mail.sort", text)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("sorte * -> a@ex.com;", "sort * -> a@ex.com;"),
        ("sort a@ex.com -> b@ex.com\nsort * -> a@ex.com;", "sort a@ex.com -> b@ex.com;\nsort * -> a@ex.com;"),
        ("sort * => a@ex.com;", "sort * -> a@ex.com;"),
        ("defaults < limt 100; > ", "defaults < limit 100; > "),
        ("defaults < limit 100\nkeep 7d; >", "defaults < limit 100;\nkeep 7d; >"),
        ("sort * -> b@ex.com; sort a@ex.com -> b@ex.com;", "sort * -> b@ex.com; "),
        ("sort * -> b@ex.com;\n\n# Anna.\nsort a@ex.com -> b@ex.com;\n", "sort * -> b@ex.com;\n\n"),
        (
            "sort * -> b@ex.com;\n# People.\nsort a@ex.com -> b@ex.com;\nsort c@ex.com -> d@ex.com;\n",
            "sort * -> b@ex.com;\n# People.\nsort c@ex.com -> d@ex.com;\n",
        ),
        ("# Anna.\nsort a@ex.com -> b@ex.com;\n\nsort * -> b@ex.com;", "sort * -> b@ex.com;"),
        (
            "sort c@ex.com -> c@ex.com;\n\nsort a@ex.com -> b@ex.com;\n\nsort * -> b@ex.com;\n",
            "sort c@ex.com -> c@ex.com;\n\nsort * -> b@ex.com;\n",
        ),
        ("# Sales.\ngroup g = a@ex.com, b@ex.com;\nsort * -> b@ex.com;", "# Sales.\nsort * -> b@ex.com;"),
        ("group g = a@ex.com; group h = g; sort * -> b@ex.com;", "  sort * -> b@ex.com;"),
        ("sort *, a@ex.com, c@ex.com -> b@ex.com;", "sort * -> b@ex.com;"),
        ("sort a@ex.com, c@ex.com, * -> b@ex.com;", "sort * -> b@ex.com;"),
        ("sort * -> b@ex.com;\r\nsort *, a@ex.com -> b@ex.com;\r\n", "sort * -> b@ex.com;\r\n"),
        ("sort * -> b@ex.com; # sortlang: allow tied-patterns\n", "sort * -> b@ex.com;\n"),
        ("# sortlang: allow tied-patterns, redundant-rul\nsort * -> b@ex.com;\n", "sort * -> b@ex.com;\n"),
    ],
)
def test_what_is_mended(before: str, expected: str) -> None:
    result = mended(before)
    assert after(before) == expected
    assert result.mended
    assert not [each for each in result.found if each.fix]


@pytest.mark.parametrize(
    "text",
    [
        "sort * -> discrad;",
        "sort a@ex.com b@ex.com -> c@ex.com;",
        'account "a" < server "s.ex"; user "u"; password env "P"; tls of; > sort * -> b@ex.com;',
        "sort * -> b@ex.com; sort a@ex.com -> b@ex.com; # sortlang: allow redundant-rule",
        'sort "*-a@ex.com -> b@ex.com;',
    ],
)
def test_what_only_its_author_can_mend_is_left(text: str) -> None:
    assert mended(text).changed == ()


def test_of_two_rules_of_which_either_could_go_one_stays() -> None:
    text = "sort * -> x@ex.com; copy a@ex.com -> b@ex.com; sort a@ex.com -> x@ex.com, b@ex.com;"
    assert [each.name for each in mended(text).mended] == ["redundant-rule"]
    assert answers(after(text)) == answers(text)


def answers(text: str) -> list[set[str]]:
    routes = (program(text).route(each) for each in (*ADDRESSES, None))
    return [{f"{each.kind} {each.address}" for each in route.destinations} for route in routes]


@given(rules=RULES)
def test_no_mail_goes_elsewhere(rules: str) -> None:
    result = mended(rules)
    assert answers(after(rules)) == answers(rules)
    assert not [each for each in result.found if each.name == "redundant-rule"]


def test_a_part_is_mended_only_if_that_is_right_for_all_that_include_it() -> None:
    files = {"part.sort": "sort a@ex.com -> x@ex.com;\n"}
    wide = 'include "part.sort"; sort * -> x@ex.com;'
    assert [new.name for _, new in mended(wide, files).changed] == ["part.sort"]
    other = 'include "part.sort"; sort * -> y@ex.com;'
    files |= {"wide.sort": wide, "other.sort": other}
    both = mend([Root(Source(name, files[name]), reader(files)) for name in ("wide.sort", "other.sort")])
    assert both.changed == ()
    assert [each.name for each in both.found] == ["redundant-rule"]


def test_accounts_stay_as_they_are() -> None:
    text = ACCOUNT.format("limit 100;") + "sort a@ex.com -> all@ex.com;\n"
    assert program(after(text)).accounts == program(text).accounts
    assert "a@ex.com" not in after(text)


def test_a_fix_that_would_send_mail_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a lint were wrong, the proof would hold it back."""
    from sortlang.lints import redundant_rule

    wrong = lambda old: [Needless(each, each) for each in old.rules.sorts]  # noqa: E731
    monkeypatch.setattr(redundant_rule, "redundant", wrong)
    text = "sort a@ex.com -> b@ex.com;\nsort * -> c@ex.com;\nsort c@ex.com -> c@ex.com;\n"
    assert after(text) == "sort a@ex.com -> b@ex.com;\nsort * -> c@ex.com;\n"
