"""Report: Diagnostics → what people and programs read."""

from collections.abc import Callable, Sequence

from sortlang.diagnostic import Diagnostics
from sortlang.reports import github, gitlab, json, junit, sarif, text

Format = Callable[[Diagnostics, Sequence[str]], str]

FORMATS: dict[str, Format] = {
    "text": text.render,
    "json": json.render,
    "github": github.render,
    "gitlab": gitlab.render,
    "sarif": sarif.render,
    "junit": junit.render,
}


def report(diagnostics: Diagnostics, format: str = "text", files: Sequence[str] = ()) -> str:
    """The findings in a format of FORMATS, without a line end after the last line; `files` are those looked at."""
    return FORMATS[format](diagnostics, files)
