"""What is on or off: `stamp`, `guess`, `auth`, …"""

from sortlang.mistake import mistake
from sortlang.reader import Facets
from sortlang.syntax.tree import Statement
from sortlang.values.plain import choice, only

MECHANISMS = ("auto", "plain", "login", "apop", "cram-md5", "scram-sha-256", "xoauth2", "oauthbearer")


def stamp(statement: Statement, usage: str) -> Facets:
    """`stamp on|off`."""
    return {"stamp": choice(only(statement, usage), ("on", "off")) == "on"}


def guess(statement: Statement, usage: str) -> Facets:
    """`guess on|off`."""
    return {"guess": choice(only(statement, usage), ("on", "off")) == "on"}


def pipeline(statement: Statement, usage: str) -> Facets:
    """`pipeline on|off|auto`."""
    return {"pipeline": choice(only(statement, usage), ("on", "off", "auto"))}


def auth(statement: Statement, usage: str) -> Facets:
    """`auth auto`, or the one mechanism to log in by."""
    return {"auth": choice(only(statement, usage), MECHANISMS)}


def disabled(statement: Statement, usage: str) -> Facets:
    """`disabled`, without a value."""
    if statement.left:
        raise mistake("wrong-value", "`disabled` stands alone", statement.left[0].span, f"write `{usage}`")
    return {"disabled": True}
