"""Formats for other programs: each is what its reader takes, whatever a file holds."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from in_memory import compiled
from sortlang.diagnostic import Diagnostic, Fix, Related, error, warning
from sortlang.files import load
from sortlang.report import FORMATS, report
from sortlang.source import Source, Span

CASES = Path(__file__).parents[1] / "cases"
SCHEMA = Draft4Validator(json.loads((CASES / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8")))
COMMAND = re.compile(r"::(error|warning) ([^:]*)::(.*)")

SPANS = st.builds(
    lambda name, text, start, length: Span(Source(name, text), min(start, len(text)), min(start + length, len(text))),
    st.text(min_size=1, max_size=12),
    st.text(max_size=40),
    st.integers(0, 40),
    st.integers(0, 40),
)
FINDINGS = st.builds(
    lambda span, message, hint, witness, other: Diagnostic(
        "odd", error("odd", "", span).severity, message, span, hint, witness, (Related(other, message),),
        Fix.of(message, span, hint),
    ),
    SPANS, st.text(max_size=30), st.text(max_size=30), st.text(max_size=10), SPANS,
)  # fmt: skip


def a_finding(text: str = "limt 1;", start: int = 0, end: int = 4, name: str = "mail.sort") -> Diagnostic:
    span = Span(Source(name, text), start, end)
    return error("unknown-setting", "`limt` is no setting", span, "write `limit`", fix=Fix.of("x", span, "limit"))


def test_sarif_of_all_bad_cases_is_valid() -> None:
    for case in sorted((CASES / "bad").glob("*.sort")):
        found = load(case)[1]
        log = json.loads(report(found, "sarif", [str(case)]))
        SCHEMA.validate(log)
        assert len(log["runs"][0]["results"]) == len(found) > 0


def test_the_schema_refuses_what_is_wrong() -> None:
    log = json.loads(report((a_finding(),), "sarif"))
    log["runs"][0]["results"][0]["level"] = "disaster"
    assert list(SCHEMA.iter_errors(log))


@given(st.lists(FINDINGS, max_size=3), st.lists(st.text(max_size=12), max_size=2))
def test_sarif_is_valid_whatever_a_file_holds(found: list[Diagnostic], files: list[str]) -> None:
    SCHEMA.validate(json.loads(report(tuple(found), "sarif", files)))


def test_sarif_names_place_rule_witness_and_fix() -> None:
    source = Source("a b/ü:x.sort", "one\ntwo three\n")
    found = warning("odd", "clause", Span(source, 8, 13), "do", "a@b.c", Fix.of("mend", Span(source, 4, 8), ""))
    run = json.loads(report((found,), "sarif", ["a b/ü:x.sort"]))["runs"][0]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("odd", "warning")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "odd"
    assert result["message"]["text"] == "clause\nwitness: a@b.c\nhint: do"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b/%C3%BC%3Ax.sort" == run["artifacts"][0]["location"]["uri"]
    assert place["region"] == {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 10}
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": ""}
    assert change["replacements"][0]["deletedRegion"]["endColumn"] == 5


def test_github_has_a_line_for_each() -> None:
    assert report((a_finding("\n\tlimt 1;", 2, 6, "./rules/a,b.sort"),), "github") == (
        "::error title=sortlang (unknown-setting),file=rules/a%2Cb.sort,line=2,col=2,endLine=2,endColumn=6"
        "::`limt` is no setting%0Ahint: write `limit`"
    )
    assert report((), "github") == ""


@given(st.lists(FINDINGS, max_size=3))
def test_github_commands_cannot_be_broken_out_of(found: list[Diagnostic]) -> None:
    lines = report(tuple(found), "github").splitlines()
    assert len(lines) == len(found)
    assert all(COMMAND.fullmatch(line) for line in lines)


def test_gitlab_has_what_a_merge_request_shows() -> None:
    (issue,) = json.loads(report((a_finding(name="./x/../mail.sort"),), "gitlab"))
    assert issue["location"] == {"path": "mail.sort", "lines": {"begin": 1, "end": 1}}
    assert (issue["check_name"], issue["severity"]) == ("unknown-setting", "major")
    assert json.loads(report((), "gitlab")) == []


def fingerprints(*found: Diagnostic) -> list[str]:
    return [each["fingerprint"] for each in json.loads(report(found, "gitlab"))]


def test_gitlab_knows_a_finding_that_moved_and_tells_equal_ones_apart() -> None:
    moved = a_finding("\n\nlimt 1;", 2, 6)
    assert fingerprints(a_finding()) == fingerprints(moved)
    assert len(set(fingerprints(a_finding(), moved))) == 2
    assert fingerprints(a_finding()) != fingerprints(a_finding(name="other.sort"))


@given(st.lists(FINDINGS, max_size=3), st.lists(st.text(max_size=12), max_size=3))
def test_junit_is_xml_and_counts_right(found: list[Diagnostic], files: list[str]) -> None:
    root = ElementTree.fromstring(report(tuple(found), "junit", files))
    cases, failures = root.findall("testsuite/testcase"), root.findall("testsuite/testcase/failure")
    assert (root.get("tests"), root.get("failures")) == (str(len(cases)), str(len(failures)))
    assert len(failures) == len(found)


def test_junit_shows_clean_files_too() -> None:
    root = ElementTree.fromstring(report((a_finding(),), "junit", ["clean.sort", "mail.sort"]))
    assert [(each.get("name"), each.get("failures")) for each in root] == [("clean.sort", "0"), ("mail.sort", "1")]
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("message") == "`limt` is no setting"
    assert "hint: write `limit`" in (failure.text or "")


def test_json_tells_the_fix() -> None:
    (first,) = json.loads(report((a_finding(),), "json"))
    assert first["fix"]["edits"][0]["text"] == "limit"
    assert (first["fix"]["edits"][0]["column"], first["fix"]["edits"][0]["end_column"]) == (1, 5)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_takes_no_findings_and_findings_of_the_compiler(form: str) -> None:
    assert isinstance(report((), form, ["mail.sort"]), str)
    assert "unbound-star" in report(compiled('sort a@b.c -> "*@b.c";')[1], form)
