"""UTF-8: where a file that should be text is none."""

import re

from sortlang.diagnostic import Diagnostics, error
from sortlang.source import Source, Span

_STRAY = re.compile(r"[\ud800-\udfff]")


def undecoded(source: Source) -> Diagnostics:
    """A finding at the first byte that is not UTF-8; such bytes stand in the text as lone surrogates (PEP 383)."""
    stray = _STRAY.search(source.text)
    if not stray:
        return ()
    byte = ord(stray[0]) - 0xDC00
    message = f"byte 0x{byte:02X} is not UTF-8" if 0x80 <= byte <= 0xFF else "this is not UTF-8"
    hint = "it looks like UTF-16; save it as UTF-8" if "\0" in source.text[:64] else "save the file as UTF-8"
    return (error("not-utf-8", message, Span(source, stray.start(), stray.end()), hint),)
