"""Verdicts as JUnit XML: a test case for each expectation."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from sortlang.expectations.verdict import Verdict
from sortlang.reports.place import file_name
from sortlang.reports.screen import visible
from sortlang.reports.verdicts import failure


def render(verdicts: Sequence[Verdict]) -> str:
    """A suite for each file. What does not hold is a failure; what could not be tried is an error."""
    by_file: dict[str, list[Verdict]] = {}
    for each in verdicts:
        by_file.setdefault(file_name(each.expectation.span), []).append(each)
    suites = (line for name, those in by_file.items() for line in _suite(name, those))
    head = f'<testsuites name="sortlang test" {_counts(verdicts)}>'
    return "\n".join(('<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>"))


def _suite(name: str, verdicts: Sequence[Verdict]) -> Iterable[str]:
    yield f"  <testsuite name={quoteattr(name)} {_counts(verdicts)}>"
    for each in verdicts:
        yield from _case(name, each)
    yield "  </testsuite>"


def _case(name: str, verdict: Verdict) -> Iterable[str]:
    place = f'file={quoteattr(name)} line="{verdict.expectation.span.line}"'
    case = f"<testcase name={quoteattr(visible(str(verdict.expectation)))} classname={quoteattr(name)} {place}"
    if verdict.holds:
        yield f"    {case}/>"
        return
    element = "error" if verdict.trouble else "failure"
    message = verdict.trouble or f"got {', '.join(verdict.got)}"
    yield f"    {case}>"
    yield f"      <{element} message={quoteattr(visible(message))}>{escape(failure(verdict))}</{element}>"
    yield "    </testcase>"


def _counts(verdicts: Sequence[Verdict]) -> str:
    errors = sum(bool(each.trouble) for each in verdicts)
    failures = sum(not each.holds for each in verdicts) - errors
    return f'tests="{len(verdicts)}" failures="{failures}" errors="{errors}" skipped="0"'
