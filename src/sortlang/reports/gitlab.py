"""Findings as a code quality report: GitLab shows them in a merge request."""

import json
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from sortlang.diagnostic import Diagnostic, Diagnostics
from sortlang.reports.place import end, file_name
from sortlang.reports.screen import visible

_SEVERITY = {"error": "major", "warning": "minor"}


def render(diagnostics: Diagnostics, files: Sequence[str] = ()) -> str:
    """A list of issues, after the Code Climate format as far as GitLab reads it."""
    seen: Counter[str] = Counter()
    return json.dumps([_issue(each, seen) for each in diagnostics], indent=2)


def _issue(found: Diagnostic, seen: Counter[str]) -> dict[str, object]:
    return {
        "description": visible(f"{found.message}; {found.hint}" if found.hint else found.message),
        "check_name": found.name,
        "fingerprint": _fingerprint(found, seen),
        "severity": _SEVERITY[found.severity],
        "location": {
            "path": file_name(found.span),
            "lines": {"begin": found.span.line, "end": end(found.span)[0]},
        },
    }


def _fingerprint(found: Diagnostic, seen: Counter[str]) -> str:
    """The same for the same finding when lines move: of equal ones, the first, the second, …"""
    what = f"{found.name}\0{file_name(found.span)}\0{visible(found.message)}"
    seen[what] += 1
    return sha256(f"{what}\0{seen[what]}".encode()).hexdigest()
