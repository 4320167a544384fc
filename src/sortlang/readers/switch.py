"""What is on or off: `stamp`, `disabled`."""

from sortlang.mistake import mistake
from sortlang.reader import Facets
from sortlang.syntax.tree import Statement
from sortlang.values import choice, only


def stamp(statement: Statement, usage: str) -> Facets:
    """`stamp on|off`."""
    return {"stamp": choice(only(statement, usage), ("on", "off")) == "on"}


def disabled(statement: Statement, usage: str) -> Facets:
    """`disabled`, without a value."""
    if statement.left:
        raise mistake("wrong-value", "`disabled` stands alone", statement.left[0].span, f"write `{usage}`")
    return {"disabled": True}
