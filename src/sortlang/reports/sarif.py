"""Findings as SARIF 2.1.0: what code scanning services read."""

import json
from collections.abc import Sequence

from sortlang.diagnostic import Diagnostic, Diagnostics, Edit, Fix
from sortlang.reports.place import end, uri
from sortlang.reports.screen import visible
from sortlang.source import Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Object = dict[str, object]


def render(diagnostics: Diagnostics, files: Sequence[str] = ()) -> str:
    """A log of one run. Columns count code points, the one at the end lies just behind the place (§3.30)."""
    names = sorted({(each.name, each.severity.value) for each in diagnostics})
    rules = [{"id": name, "defaultConfiguration": {"level": level}, "help": _help(name)} for name, level in names]
    places = {name: place for place, (name, _) in enumerate(names)}
    run = {
        "tool": {"driver": {"name": "sortlang", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": uri(name)}} for name in dict.fromkeys(files)],
        "results": [_result(each, places) for each in diagnostics],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _help(name: str) -> Object:
    return {"text": f"`sortlang rule {name}` prints the page about it."}


def _result(found: Diagnostic, places: dict[str, int]) -> Object:
    result: Object = {
        "ruleId": found.name,
        "ruleIndex": places[found.name],
        "level": found.severity.value,
        "message": {"text": _message(found)},
        "locations": [_location(found.span)],
    }
    if found.related:
        result["relatedLocations"] = [
            {**_location(each.span), "id": number, "message": {"text": visible(each.message)}}
            for number, each in enumerate(found.related)
        ]
    if found.fix:
        result["fixes"] = [_fix(found.fix)]
    if found.witness:
        result["properties"] = {"witness": visible(found.witness)}
    return result


def _message(found: Diagnostic) -> str:
    said = (found.message, f"witness: {found.witness}" * bool(found.witness), f"hint: {found.hint}" * bool(found.hint))
    return "\n".join(visible(each) for each in said if each)


def _location(span: Span) -> Object:
    return {"physicalLocation": {"artifactLocation": {"uri": uri(span.source.name)}, "region": _region(span)}}


def _region(span: Span) -> Object:
    end_line, end_column = end(span)
    return {"startLine": span.line, "startColumn": span.column, "endLine": end_line, "endColumn": end_column}


def _fix(fix: Fix) -> Object:
    """The edits of a fix, file by file."""
    by_file: dict[str, list[Edit]] = {}
    for each in fix.edits:
        by_file.setdefault(each.span.source.name, []).append(each)
    changes = [
        {"artifactLocation": {"uri": uri(name)}, "replacements": [_replacement(each) for each in edits]}
        for name, edits in by_file.items()
    ]
    return {"description": {"text": visible(fix.title)}, "artifactChanges": changes}


def _replacement(edit: Edit) -> Object:
    return {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
