"""Where the server is, and who asks: `server`, `user`."""

from sortlang.reader import Facets, named
from sortlang.syntax.tree import Statement
from sortlang.values.host import host
from sortlang.values.plain import item, number, only, text


def server(statement: Statement, usage: str) -> Facets:
    """`server "host" port N`: the host and its port, None where it is left to `tls`."""
    name, *rest = item(statement, usage).values
    port = number(named(rest, "port", usage), 1, 65_535, usage) if rest else None
    return {"server": (host(name), port)}


def user(statement: Statement, usage: str) -> Facets:
    """`user "name"`."""
    return {"user": text(only(statement, usage), "the user")}
