"""What a domain has: `mailboxes`, `aliases`, `detail`."""

from sortlang.mistake import mistake
from sortlang.reader import Facets
from sortlang.syntax.tree import Statement
from sortlang.values.plain import only, shown, text


def mailboxes(statement: Statement, usage: str) -> Facets:
    """`mailboxes "file"`: the value that names the file, which is read later."""
    value = only(statement, usage)
    text(value, "the file name")
    return {"mailboxes": value}


def aliases(statement: Statement, usage: str) -> Facets:
    """`aliases "file"`, likewise."""
    value = only(statement, usage)
    text(value, "the file name")
    return {"aliases": value}


def detail(statement: Statement, usage: str) -> Facets:
    """`detail "+"`: one sign that parts a local part from its detail."""
    value = only(statement, usage)
    sign = text(value, "the sign")
    if len(sign) != 1 or sign.isalnum() or sign.isspace() or sign in '@*"':
        raise mistake(
            "wrong-value", f"{shown(value)} is not one sign such as `+` or `-`", value.span, f"write `{usage}`"
        )
    return {"detail": sign}
