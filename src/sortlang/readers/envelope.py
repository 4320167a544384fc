"""Whom mail is for: `deliver`, `envelope`, `trust`, `duplicates`."""

from sortlang.globs.glob import Glob
from sortlang.mistake import mistake
from sortlang.pattern import InvalidPattern, Pattern
from sortlang.reader import Facets, named
from sortlang.rules import Envelope
from sortlang.syntax.tree import Statement, Value
from sortlang.values.plain import choice, duration, item, number, only, shown, single, text
from sortlang.values.target import addresses


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
    """`trust hops N`, or `trust by "*.isp.net", …`; the one takes the place of the other."""
    first, *more = statement.left or (item(statement, usage),)
    if choice(first.values[0], ("hops", "by")) == "hops":
        value = named(item(statement, usage).values, "hops", usage)
        return {"trust_hops": number(value, 0, 100, usage), "trust_by": ()}
    hosts = (named(first.values, "by", usage), *(single(each, f"write `{usage}`") for each in more))
    return {"trust_hops": 1, "trust_by": tuple(dict.fromkeys(map(_hosts, hosts)))}


def _hosts(value: Value) -> Glob:
    """A host name in which `*` may stand for anything."""
    try:
        return Pattern.parse(f"*@{text(value, 'the host')}").domain
    except InvalidPattern as why:
        raise mistake("wrong-value", str(why), value.span, why.hint) from None


def duplicates(statement: Statement, usage: str) -> Facets:
    """`duplicates drop DURATION|keep`, in seconds; 0: all copies are delivered."""
    values = item(statement, usage).values
    if choice(values[0], ("drop", "keep")) == "keep":
        only(statement, usage)
        return {"duplicates": 0.0}
    return {"duplicates": duration(named(values, "drop", usage), usage)}
