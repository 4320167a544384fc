"""Allowances: one line, one name, warnings only; what allows nothing is found."""

import pytest

from in_memory import compiled, found
from sortlang.check import ALLOWABLE


def account(above: str = "", behind: str = "", password: str = '"secret"') -> str:
    lines = ('account "a" <', 'server "s.ex"; user "u";', above, f"    password {password}; {behind}", ">")
    return "\n".join((*lines, "sort * -> a@ex.com;"))


@pytest.mark.parametrize(
    ("above", "behind"),
    [
        ("# sortlang: allow literal-password", ""),
        ("", "# sortlang: allow literal-password"),
        ("#sortlang:allow literal-password", ""),
        ("# sortlang: allow literal-password -- a reason, with a comma", ""),
        ("    # sortlang: allow literal-password\n    # and a comment below", ""),
        ("# sortlang: allow literal-password\n# sortlang: allow unused-allow\n# sortlang: allow tied-patterns", ""),
    ],
)
def test_what_is_allowed_is_not_reported(above: str, behind: str) -> None:
    assert found(account()) == ["literal-password"]
    assert found(account(above, behind)) == []


@pytest.mark.parametrize(
    "above",
    [
        "# sortlang: allow cleartext-password",
        "# sortlang: allow literal-password\n",
        "# sortlang: allow",
        "# sortlang: alow literal-password",
        "# sortlang: allow literal-passwort",
        "# sortlang: allow literal-password tied-patterns",
    ],
)
def test_what_allows_something_else_is_found_beside_it(above: str) -> None:
    names = found(account(above))
    assert sorted(names) == ["literal-password", "unused-allow"]


def test_several_names_on_a_line_are_judged_one_by_one() -> None:
    text = account("# sortlang: allow literal-password, tied-patterns, missing-catch-all")
    unused = compiled(text)[1]
    assert [each.span.text for each in unused] == ["tied-patterns", "missing-catch-all"]


def test_errors_cannot_be_allowed_and_say_nothing_about_allowances() -> None:
    text = "# sortlang: allow unknown-target\nsort * -> a;"
    assert found(text) == ["unknown-target"]
    assert found(text.replace("-> a;", "-> a@ex.com;")) == ["unused-allow"]
    empty = "# sortlang: allow empty-capture\n" + 'sort "sales*@ex.com" -> "*@sales.com";'
    assert set(found(empty)) == {"empty-capture", "unused-allow"}


def test_an_allowance_allows_in_its_own_file_alone() -> None:
    text = 'include "b.sort";\n# sortlang: allow literal-password\n# more\n'
    other = account().replace('"a"', '"b"', 1)
    assert sorted(found(text, {"b.sort": other})) == ["literal-password", "unused-allow"]
    assert found(text[:18], {"b.sort": account("# sortlang: allow literal-password")}) == []


def test_a_name_misspelt_is_asked_about() -> None:
    (first, second) = compiled(account("# sortlang: allow literal-pasword"))[1]
    assert (first.hint, second.name) == ("did you mean `literal-password`?", "literal-password")
    assert "literal-password" in ALLOWABLE


def test_an_allowance_is_no_description() -> None:
    program, diagnostics = compiled(
        "# Anna's\n# sortlang: allow unused-allow, tied-patterns\nsort a@ex.com -> b@ex.com;"
    )
    assert diagnostics == ()
    assert program
    assert program.rules.sorts[0].description == "Anna's"
