"""How the line is encrypted, and who may stand at its end: `tls`."""

import re
from typing import Any

from sortlang.mistake import mistake
from sortlang.reader import Facets
from sortlang.syntax.tree import Statement, Value
from sortlang.values.host import host
from sortlang.values.plain import choice, item, path, shown, text

MODES = ("required", "starttls", "off")
_FINGERPRINT = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)


def tls(statement: Statement, usage: str) -> Facets:
    """`tls required|starttls|off`, `ca "file"`, `name "x"`, `min 1.2|1.3`, `pin "sha256:…"`: one, or several on a line.

    `pin` may stand several times: a server changes its certificate, and the next one can be known before.
    """
    return read(list(item(statement, usage).values), usage)


def read(words: list[Value], usage: str, behind: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The facets that the words name, taken off the list up to a word of `behind`; raises Mistake."""
    facets: dict[str, Any] = {}
    while words and not (words[0].kind == "word" and words[0].text in behind):
        word = words.pop(0)
        facet, value = _tls(word, words, usage)
        if facet == "tls.pins":
            value = facets.get(facet, ()) + value
        elif facet in facets:
            raise mistake("setting-twice", f"{shown(word)} says again what this line says already", word.span)
        facets[facet] = value
    return facets


def _tls(word: Value, rest: list[Value], usage: str) -> tuple[str, Any]:
    kind = choice(word, (*MODES, "ca", "name", "min", "pin"))
    if kind in MODES:
        return "tls.mode", kind
    if not rest:
        raise mistake("wrong-value", f"`tls {kind}` says nothing", word.span, f"write `{usage}`")
    value = rest.pop(0)
    if kind == "ca":
        return "tls.ca", path(value, "the file name")
    if kind == "name":
        return "tls.name", host(value)
    if kind == "pin":
        return "tls.pins", (_fingerprint(value),)
    if value.text not in ("1.2", "1.3"):
        raise mistake("wrong-value", f"expected 1.2 or 1.3, not {shown(value)}", value.span)
    return "tls.minimum", value.text


def _fingerprint(value: Value) -> str:
    """SHA-256 in hex, with or without colons, as `openssl x509 -fingerprint -sha256` prints it."""
    plain = text(value, "the fingerprint").removeprefix("sha256:").replace(":", "")
    found = _FINGERPRINT.fullmatch(plain)
    if not found:
        hint = 'write `tls pin "sha256:…"` with 64 hexadecimal digits'
        raise mistake("wrong-value", f"{shown(value)} is no SHA-256 of a certificate", value.span, hint)
    return found[1].lower()
