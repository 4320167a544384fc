"""Every example checks clean, is what it says it is, and sorts as its comments promise."""

from pathlib import Path

import pytest

from sortlang.address import Address
from sortlang.files import load
from sortlang.program import Program
from sortlang.test import test as tried

EXAMPLES = Path(__file__).parents[1] / "examples"
FILES = sorted(EXAMPLES.rglob("*.sort"))
HEAD = """\
account "x" < server "pop.ex.com"; user "x"; password env "X_PASSWORD"; tls required; limit 100; keep 7d; >
sort "*@ex.com" -> "*@ex.com"; sort * -> admin@ex.com;
"""


def named(path: Path) -> str:
    return path.relative_to(EXAMPLES).as_posix()


@pytest.mark.parametrize("path", FILES, ids=named)
def test_an_example_checks_clean(path: Path) -> None:
    program, findings = load(path)
    assert findings == ()
    assert program is not None


@pytest.mark.parametrize("path", FILES, ids=named)
def test_an_example_does_what_it_expects(path: Path) -> None:
    program, _ = load(path)
    assert program is not None
    verdicts = tried(program, lambda name: Path(name).read_bytes())
    assert [str(each.expectation) for each in verdicts if not each.holds] == []
    assert verdicts or path == EXAMPLES / "head.sort"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_an_example_begins_by_saying_what_it_is_for(path: Path) -> None:
    assert path == EXAMPLES / "head.sort" or path.read_text().startswith("# ")


def test_the_shortest_example_is_the_one_of_the_manual() -> None:
    assert (EXAMPLES / "head.sort").read_text() == HEAD


def test_the_table_of_contents_names_every_example() -> None:
    contents = (EXAMPLES / "README.md").read_text()
    assert [named(path) for path in FILES if f"`{named(path)}`" not in contents] == []


@pytest.mark.parametrize(
    ("file", "account", "address", "destinations"),
    [
        ("head.sort", None, "anna@ex.com", "anna@ex.com"),
        ("head.sort", None, "nobody@other.org", "admin@ex.com"),
        ("company.sort", None, "Anna@Example.COM", "anna@example.com"),
        ("company.sort", None, "anna+travel@example.com", "anna@example.com"),
        ("company.sort", None, "chiara+lists@example.com", "chiara+lists@example.com"),
        ("company.sort", None, "eva@example.net", "eva@example.com"),
        ("company.sort", None, "accounts@example.com", "eva@example.com invoices@example.com"),
        ("company.sort", None, "wer@TIDENMAß.example", "shop@example.com"),
        ("company.sort", None, "gerald@example.com", "discard"),
        ("company.sort", None, "nobody@example.com", "admin@example.com"),
        ("branch-offices.sort", "north", "office@example.com", "inga@oslo.example.com"),
        ("branch-offices.sort", "south", "office@example.com", "lars@kiel.example.com"),
        ("branch-offices.sort", None, "lars@kiel.example.net", "lars@kiel.example.com"),
        ("branch-offices.sort", None, "desk@rome.example.com", "inga@oslo.example.com lars@kiel.example.com"),
        ("provider-catchall.sort", None, "help.orders@example.com", "ben@example.com anna@example.com"),
        ("provider-catchall.sort", None, "help-wanted@example.com", "anna@example.com"),
        ("provider-catchall.sort", None, "info@example.com", "discard"),
        ("copy-archive.sort", None, "anna@example.com", "anna@example.com archive@example.com ben@example.com"),
        ("copy-archive.sort", None, "scanner@example.com", "keep archive@example.com"),
        (
            "copy-archive.sort",
            None,
            "invoice-7@example.com",
            "invoice-7@example.com archive@example.com books@example.com",
        ),
        ("in-parts/mail.sort", None, "anna+x@example.com", "anna@example.com"),
        ("in-parts/mail.sort", None, "who@example.com", "office@example.com"),
    ],
)
def test_an_example_sorts_as_it_says(file: str, account: str | None, address: str, destinations: str) -> None:
    route = compiled(file).route(Address.parse(address), account)
    assert {str(each.address or each.kind) for each in route.destinations} == set(destinations.split())


def test_defaults_reach_accounts_in_other_parts() -> None:
    accounts = {each.name: each for each in compiled("in-parts/mail.sort").accounts}
    assert accounts["mailhost"].limit_messages == accounts["test rig"].limit_messages == 500
    assert (accounts["mailhost"].tls.mode, accounts["test rig"].tls.mode) == ("required", "off")


def test_an_account_overrides_the_defaults_and_may_be_switched_off() -> None:
    accounts = {each.name: each for each in compiled("branch-offices.sort").accounts}
    days = {name: account.keep / 86400 for name, account in accounts.items()}
    assert days == {"north": 3, "south": 14, "old provider": 3}
    assert [name for name, account in accounts.items() if account.disabled] == ["old provider"]


def compiled(file: str) -> Program:
    program, _ = load(EXAMPLES / file)
    assert program is not None
    return program
