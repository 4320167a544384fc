"""Characters that a reader does not see, or sees in another order."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice

from sortlang.diagnostic import Diagnostic, Diagnostics, error
from sortlang.source import Source, Span

# Cc but TAB, LF and CR LF; bidirectional and zero-width (CVE-2021-42574); line separators; tags; surrogates.
_HIDDEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff\ud800-\udfff"
)
_CONTROL = re.compile(f"[{_HIDDEN}]|\r(?!\n)")
_ALL = re.compile(f"[{_HIDDEN}]")
MOST = 100


def controls(source: Source, beside: Iterable[tuple[int, int]] = ()) -> Diagnostics:
    """`control-character` for each place, in comments and strings too; at most MOST. A leading BOM is none.

    The stretches `beside` are known to be without, and not looked at.
    """
    stretches = _gaps(1 if source.text.startswith("\ufeff") else 0, len(source.text), beside)
    found = (match for stretch in stretches for match in _CONTROL.finditer(source.text, *stretch))
    return tuple(_control(Span(source, each.start(), each.end())) for each in islice(found, MOST))


def has_control(text: str) -> bool:
    """Whether any of them is in the text."""
    return _CONTROL.search(text) is not None


def without_controls(text: str) -> str:
    """The text as it looks."""
    return _ALL.sub("", text)


def named(letter: str) -> str:
    """A character as text that is safe to print: ``U+202E (RIGHT-TO-LEFT OVERRIDE)``."""
    name = unicodedata.name(letter, "")
    return f"U+{ord(letter):04X} ({name})" if name else f"U+{ord(letter):04X}"


def _gaps(start: int, end: int, beside: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for first, last in beside:
        yield start, first
        start = last
    yield start, end


def _control(span: Span) -> Diagnostic:
    if span.text == "\r":
        return error("control-character", "a carriage return that ends no line", span, "end lines by LF or CR LF")
    return error(
        "control-character",
        f"the character {named(span.text)} cannot be seen",
        span,
        "remove it; in a string write it as `\\u{…}`",
    )
