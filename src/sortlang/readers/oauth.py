"""How a token stands in for a password: `oauth`."""

import re
from collections.abc import Callable
from typing import Any, Literal

from sortlang.mistake import mistake
from sortlang.reader import Facets
from sortlang.readers.password import next_secret
from sortlang.rules import OAuth, Password
from sortlang.syntax.tree import Statement, Value
from sortlang.values.plain import choice, item, path, shown, text

PROVIDERS: dict[str, tuple[Literal["google", "microsoft"], str, str]] = {
    "google": ("google", "https://oauth2.googleapis.com/token", "https://mail.google.com/"),
    "microsoft": (
        "microsoft",
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "https://outlook.office.com/POP.AccessAsUser.All offline_access",
    ),
}
"""Where tokens are had, and the scope that POP3 needs."""

_URL = re.compile(r"https://[^\s/?#@]+(?:/[^\s#]*)?")


def oauth(statement: Statement, usage: str) -> Facets:
    """`oauth google|microsoft|"https://…" client-id "…" client-secret … refresh-token "file" scope "…"`."""
    values = list(item(statement, usage).values)
    where = values.pop(0)
    provider, endpoint, scope = _provider(where, usage)
    said = _said(values, usage)
    for word in ("client-id", "refresh-token"):
        if word not in said:
            raise mistake("wrong-value", f"`oauth` says no `{word}`", statement.keyword.span, f"write `{usage}`")
    found = OAuth(
        provider,
        endpoint,
        client_id=said["client-id"],
        refresh_token=said["refresh-token"],
        client_secret=said.get("client-secret"),
        scope=said.get("scope", scope),
        span=where.span,
    )
    return {"oauth": found, "password": Password("oauth", "", span=where.span)}


def _provider(value: Value, usage: str) -> tuple[Literal["google", "microsoft", "other"], str, str]:
    if value.kind == "word" and value.text in PROVIDERS:
        return PROVIDERS[value.text]
    if _URL.fullmatch(value.text):
        return "other", value.text, ""
    message = "tokens come from `google`, `microsoft`, or an `https://` address in quotes"
    raise mistake("wrong-value", message, value.span, f"write `{usage}`")


def _said(values: list[Value], usage: str) -> dict[str, Any]:
    """What the words after the provider say, each once."""
    said: dict[str, Any] = {}
    while values:
        word = values.pop(0)
        name = choice(word, _READERS)
        if name in said:
            raise mistake("setting-twice", f"{shown(word)} says again what this line says already", word.span)
        if not values:
            raise mistake("wrong-value", f"`{name}` says nothing", word.span, f"write `{usage}`")
        said[name] = _READERS[name](values)
    return said


def _client_id(values: list[Value]) -> str:
    return text(values.pop(0), "the client")


def _scope(values: list[Value]) -> str:
    return text(values.pop(0), "the scope")


def _refresh_token(values: list[Value]) -> str:
    """Always a file: providers send new ones, and they must be kept."""
    return path(values.pop(0), "the file name")


def _client_secret(values: list[Value]) -> Password:
    return next_secret(values, 'write `client-secret env "NAME"`, or the secret itself in quotes')


_READERS: dict[str, Callable[[list[Value]], Any]] = {
    "client-id": _client_id,
    "client-secret": _client_secret,
    "refresh-token": _refresh_token,
    "scope": _scope,
}
