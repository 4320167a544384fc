"""Report: Diagnostics → what people and programs read."""

from collections.abc import Callable

from sortlang.diagnostic import Diagnostics
from sortlang.reports import json, text

Format = Callable[[Diagnostics], str]

FORMATS: dict[str, Format] = {"text": text.render, "json": json.render}


def report(diagnostics: Diagnostics, format: str = "text") -> str:
    """The findings in a format of FORMATS, without a line end after the last line."""
    return FORMATS[format](diagnostics)
