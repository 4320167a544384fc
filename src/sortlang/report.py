"""Report: Diagnostics → what people and programs read."""

from collections.abc import Callable, Sequence
from importlib import import_module

from sortlang.diagnostic import Diagnostics

Format = Callable[[Diagnostics, Sequence[str]], str]

FORMATS = ("text", "json", "github", "gitlab", "sarif", "junit")
"""Each has a module of its name in `reports`, which is imported when it is asked for."""


def report(diagnostics: Diagnostics, format: str = "text", files: Sequence[str] = ()) -> str:
    """The findings in a format of FORMATS, without a line end after the last line; `files` are those looked at."""
    if format not in FORMATS:
        raise KeyError(format)
    render: Format = import_module(f"sortlang.reports.{format}").render
    return render(diagnostics, files)
