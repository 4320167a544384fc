"""`sortlang prove`: what it claims holds under brute force, and what does not has an address that shows it."""

import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from in_memory import program as program_of
from sortlang.address import Address
from sortlang.cli import main
from sortlang.proofs import text
from sortlang.proofs.proof import proof

WHOLE = "sort anna@ex.com -> anna@ex.com;\nsort * -> all@ex.com;\n"
FAULTY = (
    'sort "*@ex.com" -> one@ex.com;\nsort anna@ex.com -> one@ex.com;\n'
    'sort "*a*@ex.org" -> one@ex.com;\nsort "*b*@ex.org" -> two@ex.com;\nsort "*@ex.org" -> all@ex.com;\n'
)
PATTERNS = [f"{local}@{domain}" for local in ("a", "ab", "a*", "*b", "*a*", "*b*", "*") for domain in ("x.y", "*")] + [
    "*"
]
WORDS = ["".join(each) for length in (1, 2, 3) for each in itertools.product("abc", repeat=length)]
ADDRESSES = [Address.parse(f"{local}@{domain}") for local in WORDS for domain in ("x.y", "z.z")]


def test_what_does_not_hold_is_shown() -> None:
    found = proof(program_of(FAULTY))
    assert not found.holds
    assert str(found.uncovered) == "`*@*` except `*@ex.com`, `*@ex.org`"
    assert [(str(each.rule.pattern), str(each.by.pattern)) for each in found.redundant if each.by] == [
        ("anna@ex.com", "*@ex.com")
    ]
    assert [(str(each.first.pattern), str(each.second.pattern)) for each in found.ties] == [
        ("*a*@ex.org", "*b*@ex.org")
    ]
    assert [(str(each.first.pattern), str(each.second.pattern)) for each in found.overlaps] == [
        ("*a*@ex.org", "*b*@ex.org")
    ]
    assert found.overlaps[0].first.pattern.matches(found.overlaps[0].witness)


def test_a_rule_that_never_wins_is_named_once() -> None:
    rules = 'account "a" < server "p.ex.com"; user "u"; password env "P"; {} >\nsort * -> all@ex.com;\n'
    found = proof(program_of(rules.format("sort * -> own@ex.com;")))
    assert found.holds
    assert "unreachable: none" in text.render(found)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(PATTERNS), st.sampled_from(["p@q.r", "s@q.r"]), max_size=7))
def test_the_claims_hold_for_every_address(said: dict[str, str]) -> None:
    program = program_of("".join(f'sort "{pattern}" -> {to};\n' for pattern, to in said.items()))
    found = proof(program)
    if found.uncovered is None:
        assert all(program.winner(each) for each in (*ADDRESSES, None))
    else:
        assert program.winner(found.uncovered.witness) is None
    winners = {id(program.winner(each)) for each in (*ADDRESSES, None)}
    assert not any(id(rule) in winners for rule, _ in found.unreachable)
    for each in found.overlaps:
        both = [each.first.pattern, each.second.pattern]
        assert all(pattern.matches(each.witness) for pattern in both)
        assert min(both, key=lambda pattern: pattern.rank) is each.first.pattern
    for needless in found.redundant:
        left = [(pattern, to) for pattern, to in said.items() if pattern != str(needless.rule.pattern)]
        without = program_of("".join(f'sort "{pattern}" -> {to};\n' for pattern, to in left))
        for address in (*ADDRESSES, None):
            one, other = (program.route(address).destinations, without.route(address).destinations)
            assert {str(d.address) for d in one} == {str(d.address) for d in other}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["prove", *map(str, arguments)])


def test_the_command_ends_with_a_status(tmp_path: Path) -> None:
    paths = {name: tmp_path / f"{name}.sort" for name in ("whole", "faulty", "bad", "shuffled")}
    for name, said in (
        ("whole", WHOLE),
        ("faulty", FAULTY),
        ("bad", "sort -> ;"),
        ("shuffled", "\n".join(WHOLE.splitlines()[::-1])),
    ):
        paths[name].write_text(said, encoding="utf-8")
    assert [run(paths[name]).exit_code for name in ("whole", "faulty", "bad")] == [0, 3, 1]
    assert run(tmp_path / "nowhere.sort").exit_code == 2
    assert run(paths["whole"], paths["shuffled"]).stdout == "equivalent: both send all mail to the same places\n"
    other = run(paths["whole"], paths["faulty"])
    assert (other.exit_code, other.stdout.splitlines()[0]) == (3, "not equivalent")


@pytest.mark.parametrize(("said", "holds"), [(WHOLE, True), (FAULTY, False)])
def test_json_says_the_same(tmp_path: Path, said: str, holds: bool) -> None:
    path = tmp_path / "mail.sort"
    path.write_text(said, encoding="utf-8")
    found = json.loads(run(path, "--format", "json").stdout)
    assert (found["holds"], found["uncovered"] is None) == (holds, holds)
    assert json.loads(run(path, path, "--format", "json").stdout) == {"equivalent": True, "changes": []}
