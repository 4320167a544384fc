"""Findings as JSON: a list of objects, one for each."""

import json

from sortlang.diagnostic import Diagnostic, Diagnostics
from sortlang.source import Span


def render(diagnostics: Diagnostics) -> str:
    """Lines and columns count from 1; `end_line` and `end_column` are just behind the place."""
    return json.dumps([_finding(each) for each in diagnostics], indent=2)


def _finding(found: Diagnostic) -> dict[str, object]:
    return {
        "name": found.name,
        "severity": found.severity.value,
        "message": found.message,
        **_place(found.span),
        "hint": found.hint,
        "witness": found.witness,
        "related": [{"message": each.message, **_place(each.span)} for each in found.related],
    }


def _place(span: Span) -> dict[str, object]:
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": end_line,
        "end_column": end_column,
    }
