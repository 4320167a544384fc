"""`sortlang test`: what is printed, for people and programs, and how it ends."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from in_memory import program
from sortlang.cli import main
from sortlang.mutants.mistakes import mutants
from sortlang.mutate import mutate
from sortlang.test import test as tried

RULES = """\
account "box" < server "pop.ex.com"; user "u"; password env "P"; sort boss@ex.com -> ceo@ex.com; >
sort anna@ex.com -> anna@ex.net, ben@ex.net;
sort "*@ex.com" -> "*@ex.net";
sort spam@ex.com -> discard;
sort * -> admin@ex.com;
copy anna@ex.com -> log@ex.com;
"""
HOLDS = "expect anna@ex.com -> anna@ex.net, ben@ex.net, log@ex.com;\n"
FAILS = "expect spam@ex.com -> spam@ex.net;\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(text: str, *arguments: str) -> Result:
    """`sortlang test mail.sort …` with that text in the file."""
    Path("mail.sort").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ["test", "mail.sort", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(
    ("text", "arguments", "status", "last"),
    [
        (RULES + HOLDS, (), 0, "the expectation holds"),
        (RULES + HOLDS + HOLDS, (), 0, "all 2 expectations hold"),
        (RULES + HOLDS + FAILS, (), 1, "1 of 2 expectations hold"),
        (RULES, (), 0, "no expectations: write some, as in `expect anna@example.com -> anna@example.com;`"),
        (RULES + 'expect message "lost.eml" in "box" -> anna@ex.com;', (), 2, "0 of 1 expectations hold"),
        (RULES + "expect nobody -> discard;", (), 2, "1 error"),
        (RULES + HOLDS, ("--min", "33"), 0, None),
        (RULES + HOLDS, ("--min", "34"), 1, None),
        (RULES + HOLDS, ("--coverage",), 0, None),
        (RULES + HOLDS, ("nowhere.sort",), 2, "1 error"),
    ],
)
def test_it_ends_with_a_status(text: str, arguments: tuple[str, ...], status: int, last: str | None) -> None:
    result = run(text, *arguments)
    assert result.exit_code == status
    assert last in (None, result.output.splitlines()[-1])


def test_coverage_names_each_rule_that_nothing_reaches_and_the_line_that_would() -> None:
    shown = run(RULES + HOLDS + "expect never * -> discard;", "--coverage").output
    head, *lines = shown[shown.index("expectations reach") :].splitlines()
    assert head == "expectations reach 2 of 6 rules, 33 %"
    assert lines[::2] == [
        "  mail.sort:1: sort boss@ex.com -> ceo@ex.com",
        "  mail.sort:3: sort *@ex.com -> *@ex.net",
        "  mail.sort:4: sort spam@ex.com -> discard",
        "  mail.sort:5: sort * -> admin@ex.com",
    ]
    assert lines[1] == '    expect boss@ex.com in "box" -> ceo@ex.com;'
    assert lines[3].endswith("@ex.net;")


def test_what_coverage_asks_for_covers() -> None:
    shown = run(RULES, "--coverage").output
    lines = "\n".join(each for each in shown.splitlines() if each.startswith("    expect "))
    assert lines.count("expect") == 6
    result = run(RULES + lines, "--min", "100")
    assert (result.exit_code, "6 of 6 rules, 100 %" in result.output) == (0, True)


def test_every_covers_what_it_proves_and_never_nothing() -> None:
    assert "3 of 6 rules" in run(RULES + 'expect every "a*@ex.com" -> "a*@ex.net";', "--coverage").output
    assert "0 of 6 rules" in run(RULES + 'expect never "*@ex.com" -> keep;', "--coverage").output


def test_a_rule_that_no_address_reaches_is_told_as_such() -> None:
    hidden = 'account "all" < server "pop"; user "v"; password env "P"; deliver a@ex.com; sort b@ex.com -> b@ex.com; >'
    assert "sort b@ex.com -> b@ex.com\n    no mail reaches this rule\n" in run(RULES + hidden, "--coverage").output
    of_list = run(RULES + 'sort list "dev.lists.org" -> dev@ex.com;', "--coverage").output
    assert 'sort list "dev.lists.org" -> dev@ex.com\n    only a message of that list does' in of_list


def test_mutants_that_nothing_notices_come_with_the_line_that_would() -> None:
    shown = run(RULES + HOLDS, "--mutate").output
    lines = "\n".join(each for each in shown.splitlines() if each.startswith("  expect "))
    assert "mistakes in the rules\n" in shown
    assert "would notice mail.sort:4: without `sort spam@ex.com -> discard`" in shown
    assert "anna@ex.net, ben@ex.net" not in lines
    result = run(RULES + HOLDS + lines, "--mutate")
    assert result.exit_code == 0
    assert "would notice" not in result.output
    assert len(set(re.findall(r"notice (\d+) of (\d+) ", result.output)[0])) == 1


def test_mutants_are_many_kinds_of_mistake() -> None:
    said = [each.what for each in mutants(program(RULES).rules)]
    assert len(said) == len(set(said))
    for what in (
        "without `copy anna@ex.com -> log@ex.com`",
        "`sort anna@ex.com -> ben@ex.net` for `sort anna@ex.com -> anna@ex.net, ben@ex.net`",
        "`sort * -> discard` for `sort * -> admin@ex.com`",
        "`sort a*@ex.com -> *@ex.net` for `sort *@ex.com -> *@ex.net`",
        "`sort spa*@ex.com -> discard` for `sort spam@ex.com -> discard`",
        "`sort *@*ex.com -> *@ex.net` for `sort *@ex.com -> *@ex.net`",
        "targets of `sort anna@ex.com -> anna@ex.net, ben@ex.net` and `sort spam@ex.com -> discard` exchanged",
    ):
        assert what in said


def test_of_many_mutants_a_sample_is_tried() -> None:
    whole = program(RULES + HOLDS)
    verdicts = tried(whole, lambda name: b"")
    every = mutate(whole, verdicts, lambda name: b"")
    some = mutate(whole, verdicts, lambda name: b"", most=5)
    assert (some.tried, some.possible) == (5, every.possible)
    assert {each.mutant.what for each in some.survivors} <= {each.mutant.what for each in every.survivors}


def test_what_detail_adds_changes_with_its_rule() -> None:
    text = 'domain "ex.com" < detail "+"; >\nsort anna@ex.com -> a@ex.net;\nsort * -> admin@ex.net;\n'
    rules = program(text).rules
    assert [each.detail for each in rules.sorts].count(True) == 1
    without = next(each for each in mutants(rules) if each.what == "without `sort anna@ex.com -> a@ex.net`")
    assert [str(each.pattern) for each in without.rules.sorts] == ["*"]
    discarding = next(each for each in mutants(rules) if "sort anna@ex.com -> discard" in each.what)
    assert {str(each) for each in discarding.rules.sorts} == {
        "sort anna@ex.com -> discard",
        "sort anna+*@ex.com -> discard",
        "sort * -> admin@ex.net",
    }


def test_a_directory_is_tested_by_its_roots() -> None:
    Path("parts").mkdir()
    Path("parts/people.sort").write_text('expect anna@ex.com in "box" -> anna@ex.net, ben@ex.net, log@ex.com;')
    Path("parts/mail.sort").write_text(RULES + 'include "people.sort";')
    result = CliRunner().invoke(main, ["test", "parts"])
    assert (result.output, result.exit_code) == ("the expectation holds\n", 0)


def test_json_has_all_of_it() -> None:
    value = json.loads(run(RULES + HOLDS + FAILS, "--format", "json", "--coverage", "--mutate").output)
    held, failed = value["expectations"]
    assert (held["holds"], failed["holds"], failed["got"], failed["line"]) == (True, False, ["discard"], 8)
    assert failed["rules"][0]["rule"] == "sort spam@ex.com -> discard"
    assert failed["beaten"]["line"] == 3
    assert (value["coverage"]["rules"], value["coverage"]["percent"]) == (6, 50)
    mutation = value["mutation"]
    assert mutation["tried"] == mutation["noticed"] + mutation["without_effect"] + len(mutation["survivors"])


def test_junit_has_a_case_for_each() -> None:
    lost = 'expect message "lost<&.eml" in "box" -> anna@ex.com;'
    result = run(RULES + HOLDS + FAILS + lost, "--format", "junit", "--coverage")
    suites = ElementTree.fromstring(result.stdout.encode())
    assert {name: suites.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "3",
        "failures": "1",
        "errors": "1",
    }
    cases = list(suites.iter("testcase"))
    assert [[child.tag for child in each] for each in cases] == [[], ["failure"], ["error"]]
    assert "got        discard" in (cases[1][0].text or "")
    assert "expectations reach" in result.stderr
