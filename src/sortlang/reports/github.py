"""Findings as workflow commands: GitHub shows them beside the lines."""

from collections.abc import Sequence

from sortlang.diagnostic import Diagnostic, Diagnostics
from sortlang.reports.place import end, file_name
from sortlang.reports.screen import visible


def render(diagnostics: Diagnostics, files: Sequence[str] = ()) -> str:
    """A line for each: `::error file=mail.sort,line=1,…::clause`."""
    return "\n".join(map(_command, diagnostics))


def _command(found: Diagnostic) -> str:
    end_line, end_column = end(found.span)
    properties = {
        "title": f"sortlang ({found.name})",
        "file": file_name(found.span),
        "line": str(found.span.line),
        "col": str(found.span.column),
        "endLine": str(end_line),
        "endColumn": str(end_column),
    }
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{found.severity} {said}::{_data(_message(found))}"


def _message(found: Diagnostic) -> str:
    more = ((label, text) for label, text in (("witness", found.witness), ("hint", found.hint)) if text)
    return "\n".join((visible(found.message), *(visible(f"{label}: {text}") for label, text in more)))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
