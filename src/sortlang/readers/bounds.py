"""How much is fetched, and when: `limit`, `skip`, `keep`, `start`."""

from sortlang.reader import Facets, named
from sortlang.rules import FOREVER
from sortlang.syntax.tree import Statement
from sortlang.values.plain import choice, duration, is_number, item, number, only, size


def limit(statement: Statement, usage: str) -> Facets:
    """A number of messages, or a size; both bound one session."""
    value = only(statement, usage)
    if is_number(value):
        return {"limit_messages": number(value, 1, 10**9, usage)}
    return {"limit_bytes": size(value, usage)}


def skip(statement: Statement, usage: str) -> Facets:
    """`skip over SIZE`, in bytes."""
    return {"skip_over": size(named(item(statement, usage).values, "over", usage), usage)}


def keep(statement: Statement, usage: str) -> Facets:
    """`keep DURATION|forever`, in seconds."""
    value = only(statement, usage)
    return {"keep": FOREVER if value.text == "forever" and value.kind == "word" else duration(value, usage)}


def start(statement: Statement, usage: str) -> Facets:
    """`start all|new|DURATION`, the last in seconds."""
    value = only(statement, usage)
    if value.kind == "word" and not value.text[:1].isdigit():
        return {"start": choice(value, ("all", "new"))}
    return {"start": duration(value, usage)}


def timeout(statement: Statement, usage: str) -> Facets:
    """`timeout DURATION`, in seconds."""
    return {"timeout": duration(only(statement, usage), usage)}


def trash(statement: Statement, usage: str) -> Facets:
    """`trash DURATION`, in seconds."""
    return {"trash": duration(only(statement, usage), usage)}
