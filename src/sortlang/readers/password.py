"""Where a password comes from; no finding ever quotes one."""

from sortlang.mistake import mistake
from sortlang.reader import Facets
from sortlang.rules import Password
from sortlang.syntax.tree import Statement, Value
from sortlang.values import item, path, text

SOURCES = ("env", "file", "command")


def password(statement: Statement, usage: str) -> Facets:
    """`password env|file|command "…"`, or the secret itself as a string."""
    source, *rest = item(statement, usage).values
    hint = f"write `{usage}`, or the password itself in quotes"
    if source.kind == "string" and not rest:
        return {"password": Password("literal", text(source, "the password"), span=source.span)}
    if source.kind != "word" or source.text not in SOURCES:
        raise mistake(
            "wrong-value", "a password comes from `env`, `file` or `command`, or stands in quotes", source.span, hint
        )
    if len(rest) != 1:
        raise mistake("wrong-value", f"`{source.text}` takes one value", (rest[1] if rest else source).span, hint)
    return {"password": _elsewhere(source.text, rest[0])}


def _elsewhere(source: str, where: Value) -> Password:
    if source == "file":
        return Password("file", path(where, "the file name"), span=where.span)
    if source == "command":
        return Password("command", text(where, "the command"), span=where.span)
    name = text(where, "the variable")
    if "=" in name or " " in name:
        raise mistake("wrong-value", "an environment variable has neither `=` nor a space in its name", where.span)
    return Password("env", name, span=where.span)
