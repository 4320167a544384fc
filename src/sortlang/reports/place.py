"""Places as other programs write them: relative names, URIs."""

import posixpath
from urllib.parse import quote

from sortlang.reports.screen import visible
from sortlang.source import Span


def file_name(span: Span) -> str:
    """The name of a file without `./` and `..` inside; what it holds can do no harm."""
    return visible(posixpath.normpath(span.source.name)) if span.source.name else ""


def uri(name: str) -> str:
    """A file name as a URI reference (RFC 3986): absolute names get `file://`, a colon never looks like a scheme."""
    encoded = quote(posixpath.normpath(name).encode("utf-8", "surrogateescape"), safe="/")
    return f"file://{encoded}" if encoded.startswith("/") else encoded


def end(span: Span) -> tuple[int, int]:
    """Line and column just behind a place, both counted from 1."""
    return span.source.position(span.end)
