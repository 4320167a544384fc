"""Includes in memory: a file once, no circle, no end of depth."""

from in_memory import compiled, found, program, reader
from sortlang.diagnostic import Diagnostics
from sortlang.include import gather
from sortlang.source import Source
from sortlang.syntax.parse import parse
from sortlang.syntax.tree import Tree


def test_a_diamond_is_no_circle() -> None:
    files = {"a": 'include "c";', "b": 'include "c";', "c": "sort c@ex.com -> c@ex.org;"}
    assert len(program('include "a"; include "b";', files).rules.sorts) == 1


def test_a_file_is_parsed_once_however_many_ways_lead_to_it() -> None:
    files = {f"{depth}": f'include "{depth + 1}", "{depth + 1}";' for depth in range(30)} | {"30": ""}
    parsed: list[str] = []

    def counting(source: Source) -> tuple[Tree, Diagnostics]:
        parsed.append(source.name)
        assert len(parsed) <= len(files), "a file was parsed again"
        return parse(source)

    trees, findings = gather(Source("0", files["0"]), reader(files), counting)
    assert not findings
    assert sorted(parsed) == sorted(files)
    assert len(trees) == len(files)


def test_a_list_of_files() -> None:
    files = {"a": "sort a@ex.com -> c@ex.org;", "b": "sort b@ex.com -> c@ex.org;"}
    assert len(program('include "a", "b";', files).rules.sorts) == 2


def test_a_circle_is_found_in_the_file_that_closes_it() -> None:
    _, (circle,) = compiled('include "a";', {"a": 'include "b";', "b": 'include "a";'})
    assert (circle.name, circle.span.source.name) == ("include-cycle", "b")


def test_32_files_deep_is_fine_and_one_more_is_not() -> None:
    files = {f"{depth}": f'include "{depth + 1}";' for depth in range(1, 40)}
    assert found('include "1";', files | {"32": ""}) == []
    assert found('include "1";', files | {"33": ""}) == ["include-depth"]


def test_findings_in_an_include_stand_in_it() -> None:
    _, (wrong,) = compiled('include "a";', {"a": "\nsort a@ex.com -> a;"})
    assert str(wrong.span) == "a:2:18"


def test_what_an_include_names_is_checked() -> None:
    assert found('include "";') == ["wrong-value"]
    assert found('include "a" "b";') == ["wrong-value"]
    assert found('include "a";') == ["unreadable-include"]


def test_statements_of_several_files_are_one_set() -> None:
    files = {"defaults": 'defaults < user "u"; password env "P"; keep 7d; >', "rules": "sort * -> a@ex.com;"}
    whole = program('include "defaults"; account "a" < server "pop.ex.com"; > include "rules";', files)
    assert whole.accounts[0].keep == 7 * 86_400
    assert whole.rules.sorts[0].span.source.name == "rules"
    assert found('include "rules"; sort * -> b@ex.com;', files) == ["duplicate-pattern"]
