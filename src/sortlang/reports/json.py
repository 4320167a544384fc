"""Findings as JSON: a list of objects, one for each."""

import json
from collections.abc import Sequence

from sortlang.diagnostic import Diagnostic, Diagnostics, Fix
from sortlang.reports.place import end
from sortlang.source import Span


def render(diagnostics: Diagnostics, files: Sequence[str] = ()) -> str:
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
        "fix": _fix(found.fix) if found.fix else None,
    }


def _fix(fix: Fix) -> dict[str, object]:
    return {"title": fix.title, "edits": [{"text": each.text, **_place(each.span)} for each in fix.edits]}


def _place(span: Span) -> dict[str, object]:
    end_line, end_column = end(span)
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": end_line,
        "end_column": end_column,
    }
