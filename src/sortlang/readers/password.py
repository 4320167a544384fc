"""Where a password comes from; no finding ever quotes one."""

from collections.abc import Sequence

from sortlang.mistake import mistake
from sortlang.reader import Facets
from sortlang.rules import Password
from sortlang.syntax.tree import Statement, Value
from sortlang.values.plain import item, path, text

SOURCES = ("env", "file", "command", "credential", "keyring")


def password(statement: Statement, usage: str) -> Facets:
    """`password env|file|command|credential|keyring "…"`, or the secret itself as a string."""
    return {"password": secret(item(statement, usage).values, f"write `{usage}`, or the password itself in quotes")}


def secret(values: Sequence[Value], hint: str) -> Password:
    """Where a secret comes from, or the secret itself; raises Mistake."""
    source, *rest = values
    if source.kind == "string" and not rest:
        return Password("literal", text(source, "the password"), span=source.span)
    if source.kind != "word" or source.text not in SOURCES:
        known = ", ".join(f"`{each}`" for each in SOURCES[:-1])
        message = f"a password comes from {known} or `{SOURCES[-1]}`, or stands in quotes"
        raise mistake("wrong-value", message, source.span, hint)
    if len(rest) != 1:
        raise mistake("wrong-value", f"`{source.text}` takes one value", (rest[1] if rest else source).span, hint)
    return _elsewhere(source.text, rest[0])


def next_secret(values: list[Value], hint: str) -> Password:
    """The secret that the next one or two values name, taken off the list; raises Mistake."""
    elsewhere = values[0].kind == "word" and values[0].text in SOURCES
    taken, values[:] = values[: 1 + elsewhere], values[1 + elsewhere :]
    return secret(taken, hint)


def _elsewhere(source: str, where: Value) -> Password:
    if source == "file":
        return Password("file", path(where, "the file name"), span=where.span)
    if source == "command":
        return Password("command", text(where, "the command"), span=where.span)
    if source == "keyring":
        return Password("keyring", text(where, "the service"), span=where.span)
    if source == "credential":
        return Password("credential", _credential(where), span=where.span)
    name = text(where, "the variable")
    if "=" in name or " " in name:
        raise mistake("wrong-value", "an environment variable has neither `=` nor a space in its name", where.span)
    return Password("env", name, span=where.span)


def _credential(value: Value) -> str:
    """A name as systemd takes it (systemd.exec(5)): that of a file, without a path."""
    name = text(value, "the credential")
    if "/" in name or ":" in name or name in (".", ".."):
        raise mistake("wrong-value", "a credential has neither `/` nor `:` in its name", value.span)
    return name
