"""How the line is encrypted, and who may stand at its other end: `tls`."""

from typing import Any

from sortlang.host import host
from sortlang.mistake import mistake
from sortlang.reader import Facets
from sortlang.syntax.tree import Statement, Value
from sortlang.values import choice, item, path, shown


def tls(statement: Statement, usage: str) -> Facets:
    """`tls required|starttls|off`, `ca "file"`, `name "x"`, `min 1.2|1.3`: one of them, or several on a line."""
    facets: dict[str, Any] = {}
    words = list(item(statement, usage).values)
    while words:
        word = words.pop(0)
        facet, value = _tls(word, words, usage)
        if facet in facets:
            raise mistake("setting-twice", f"{shown(word)} says again what this line says already", word.span)
        facets[facet] = value
    return facets


def _tls(word: Value, rest: list[Value], usage: str) -> tuple[str, str]:
    kinds = ("required", "starttls", "off", "ca", "name", "min")
    kind = choice(word, kinds)
    if kind in ("required", "starttls", "off"):
        return "tls.mode", kind
    if not rest:
        raise mistake("wrong-value", f"`tls {kind}` says nothing", word.span, f"write `{usage}`")
    value = rest.pop(0)
    if kind == "ca":
        return "tls.ca", path(value, "the file name")
    if kind == "name":
        return "tls.name", host(value)
    if value.text not in ("1.2", "1.3"):
        raise mistake("wrong-value", f"expected 1.2 or 1.3, not {shown(value)}", value.span)
    return "tls.minimum", value.text
