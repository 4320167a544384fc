r"""Strings: `"…"` with the escapes `\"` `\\` `\t` `\n` `\u{…}`."""

import re

from sortlang.diagnostic import Diagnostic, Diagnostics, error
from sortlang.source import Span

_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|(.))", re.DOTALL)
_SIMPLE = {'"': '"', "\\": "\\", "t": "\t", "n": "\n"}


def unquoted(quoted: str) -> str:
    """What a string says, closed or not; an escape that means nothing stands for itself (`bad_escapes` reports it)."""
    inner = quoted[1:].removesuffix('"')
    return _ESCAPE.sub(lambda match: _letter(match) or match.group(), inner) if "\\" in inner else inner


def bad_escapes(span: Span) -> Diagnostics:
    """`bad-escape` for each escape of the string at `span` that means nothing."""
    return tuple(
        _bad(Span(span.source, span.start + match.start(), span.start + match.end()))
        for match in _ESCAPE.finditer(span.text)
        if _letter(match) is None
    )


def _letter(match: re.Match[str]) -> str | None:
    digits, letter = match.groups()
    if digits is None:
        return _SIMPLE.get(letter)
    code = int(digits, 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else None


def _bad(span: Span) -> Diagnostic:
    if span.text.startswith("\\u"):
        return error(
            "bad-escape", f"`{span.text}` names no character", span, "write a code point in hexadecimal: `\\u{41}`"
        )
    return error("bad-escape", f"`{span.text}` is no escape", span, "write `\\\\` for a backslash")
