"""Readers: what each setting says, by the Account fields it fills."""

from collections.abc import Mapping, Sequence
from typing import Any

from sortlang.host import host
from sortlang.mistake import mistake
from sortlang.rules import FOREVER, Envelope
from sortlang.syntax.tree import Statement, Value
from sortlang.target import addresses
from sortlang.values import choice, duration, is_number, item, number, only, path, shown, single, size, text

Facets = Mapping[str, Any]
"""Values by facet: an Account field, or `tls.mode`, `tls.ca`, … `limit` fills one of two, `tls` one or several."""


def server(statement: Statement, usage: str) -> Facets:
    """`server "host" port N`: the host and its port, None where it is left to `tls`."""
    name, *rest = item(statement, usage).values
    port = number(_named(rest, "port", usage), 1, 65_535, usage) if rest else None
    return {"server": (host(name), port)}


def user(statement: Statement, usage: str) -> Facets:
    """`user "name"`."""
    return {"user": text(only(statement, usage), "the user")}


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


def limit(statement: Statement, usage: str) -> Facets:
    """A number of messages, or a size; both bound one session."""
    value = only(statement, usage)
    if is_number(value):
        return {"limit_messages": number(value, 1, 10**9, usage)}
    return {"limit_bytes": size(value, usage)}


def skip(statement: Statement, usage: str) -> Facets:
    """`skip over SIZE`, in bytes."""
    return {"skip_over": size(_named(item(statement, usage).values, "over", usage), usage)}


def keep(statement: Statement, usage: str) -> Facets:
    """`keep DURATION|forever`, in seconds."""
    value = only(statement, usage)
    return {"keep": FOREVER if value.text == "forever" and value.kind == "word" else duration(value, usage)}


def every(statement: Statement, usage: str) -> Facets:
    """`every DURATION`, in seconds."""
    return {"every": duration(only(statement, usage), usage)}


def start(statement: Statement, usage: str) -> Facets:
    """`start all|new|DURATION`, the last in seconds."""
    value = only(statement, usage)
    if value.kind == "word" and not value.text[:1].isdigit():
        return {"start": choice(value, ("all", "new"))}
    return {"start": duration(value, usage)}


def deliver(statement: Statement, usage: str) -> Facets:
    """Addresses without `*`: there is no pattern here whose `*` could be meant."""
    item_ = statement.left or (item(statement, usage),)
    found = addresses(item_)
    for each in found:
        if "*" in str(each):
            raise mistake("unbound-star", "nothing here gives this `*` a value", each.span, "write the address out")
    return {"deliver": found}


def envelope(statement: Statement, usage: str) -> Facets:
    """`envelope "H1", "H2" strip "prefix-"`: headers asked first, and what is taken off their addresses."""
    item_ = statement.left or (item(statement, usage),)
    *names, last = item_
    header, *rest = last.values
    headers = tuple(_header(each) for each in (*(single(name, f"write `{usage}`") for name in names), header))
    return {"envelope": Envelope(headers, text(_named(rest, "strip", usage), "the prefix") if rest else "")}


def _header(value: Value) -> str:
    """A field name (RFC 5322 §2.2)."""
    name = text(value, "the header").removesuffix(":")
    if not all("!" <= letter <= "~" and letter != ":" for letter in name) or not name:
        raise mistake("wrong-value", f"{shown(value)} is no name of a header", value.span)
    return name


def trust(statement: Statement, usage: str) -> Facets:
    """`trust hops N`."""
    return {"trust_hops": number(_named(item(statement, usage).values, "hops", usage), 0, 100, usage)}


def timeout(statement: Statement, usage: str) -> Facets:
    """`timeout DURATION`, in seconds."""
    return {"timeout": duration(only(statement, usage), usage)}


def stamp(statement: Statement, usage: str) -> Facets:
    """`stamp on|off`."""
    return {"stamp": choice(only(statement, usage), ("on", "off")) == "on"}


def trash(statement: Statement, usage: str) -> Facets:
    """`trash DURATION`, in seconds."""
    return {"trash": duration(only(statement, usage), usage)}


def disabled(statement: Statement, usage: str) -> Facets:
    """`disabled`, without a value."""
    if statement.left:
        raise mistake("wrong-value", "`disabled` stands alone", statement.left[0].span, f"write `{usage}`")
    return {"disabled": True}


def _named(values: Sequence[Value], word: str, usage: str) -> Value:
    """The value after the word that names it: `over` in `skip over 25MB`."""
    if values[0].text != word or values[0].kind != "word":
        raise mistake("wrong-value", f"expected `{word}`, not {shown(values[0])}", values[0].span, f"write `{usage}`")
    if len(values) != 2:
        raise mistake("wrong-value", f"`{word}` takes one value", values[-1].span, f"write `{usage}`")
    return values[1]
