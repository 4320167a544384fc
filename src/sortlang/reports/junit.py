"""Findings as JUnit XML: a test case for each, and for each clean file."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from sortlang.diagnostic import Diagnostic, Diagnostics
from sortlang.reports.place import file_name
from sortlang.reports.screen import visible
from sortlang.reports.text import finding


def render(diagnostics: Diagnostics, files: Sequence[str] = ()) -> str:
    """A suite for each file; a finding is a failure of the type `error` or `warning`."""
    by_file: dict[str, list[Diagnostic]] = {visible(name): [] for name in files}
    for each in diagnostics:
        by_file.setdefault(visible(each.span.source.name), []).append(each)
    counts = _counts(sum(max(1, len(each)) for each in by_file.values()), len(diagnostics))
    suites = (line for name, found in by_file.items() for line in _suite(name, found))
    return "\n".join(
        ('<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="sortlang" {counts}>', *suites, "</testsuites>")
    )


def _suite(name: str, found: Sequence[Diagnostic]) -> Iterable[str]:
    yield f"  <testsuite name={quoteattr(name)} {_counts(max(1, len(found)), len(found))}>"
    if not found:
        yield f'    <testcase name="check" classname={quoteattr(name)}/>'
    for each in found:
        yield from _case(each)
    yield "  </testsuite>"


def _case(found: Diagnostic) -> Iterable[str]:
    span = found.span
    name = quoteattr(f"{found.name} at {span.line}:{span.column}")
    place = f'file={quoteattr(file_name(span))} line="{span.line}"'
    yield f"    <testcase name={name} classname={quoteattr(visible(span.source.name))} {place}>"
    yield f'      <failure type="{found.severity}" message={quoteattr(visible(found.message))}>'
    yield f"{escape(finding(found))}</failure>"
    yield "    </testcase>"


def _counts(tests: int, failures: int) -> str:
    return f'tests="{tests}" failures="{failures}" errors="0" skipped="0"'
