"""Whom mail is for: `deliver`, `envelope`, `trust`."""

from sortlang.mistake import mistake
from sortlang.reader import Facets, named
from sortlang.rules import Envelope
from sortlang.syntax.tree import Statement, Value
from sortlang.target import addresses
from sortlang.values import item, number, shown, single, text


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
    return {"envelope": Envelope(headers, text(named(rest, "strip", usage), "the prefix") if rest else "")}


def _header(value: Value) -> str:
    """A field name (RFC 5322 §2.2)."""
    name = text(value, "the header").removesuffix(":")
    if not all("!" <= letter <= "~" and letter != ":" for letter in name) or not name:
        raise mistake("wrong-value", f"{shown(value)} is no name of a header", value.span)
    return name


def trust(statement: Statement, usage: str) -> Facets:
    """`trust hops N`."""
    return {"trust_hops": number(named(item(statement, usage).values, "hops", usage), 0, 100, usage)}
