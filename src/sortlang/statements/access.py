"""Who we are to a mail server: `user`, `password`, `auth`, `tls`."""

from collections.abc import Callable, Sequence
from typing import Any

from sortlang.mistake import mistake
from sortlang.readers import tls
from sortlang.readers.password import next_secret
from sortlang.rules import Access, Password, Tls
from sortlang.syntax.tree import Value
from sortlang.values.plain import choice, shown, text

MECHANISMS = ("auto", "plain", "login", "cram-md5", "scram-sha-256")


def access(values: Sequence[Value], where: str, usage: str) -> Access:
    """What stands behind the server at `where`, in the words of an account; raises Mistake.

    Who logs in does so over TLS with a checked certificate, unless `tls` says otherwise.
    """
    said, words = _said(list(values), usage)
    if ("user" in said) != ("password" in said):
        there, missing = ("user", "password") if "user" in said else ("password", "user")
        raise mistake(
            "missing-setting", f"there is no `{missing}` to this `{there}`", words[there].span, f"write `{usage}`"
        )
    if "auth" in said and "user" not in said:
        raise mistake(
            "missing-setting", "nobody logs in, for there is no `user`", words["auth"].span, f"write `{usage}`"
        )
    mode = Tls(**said["tls"], span=words["tls"].span) if "tls" in said else None
    if where.startswith("unix:"):
        if mode and mode.mode != "off":
            message = "nobody can listen at a socket of this machine, and it knows no TLS"
            raise mistake("conflicting-settings", message, words["tls"].span, "leave `tls` out")
        mode = Tls("off")
    default = Tls() if "user" in said else None
    return Access(**{name: said[name] for name in ("user", "password", "auth") if name in said}, tls=mode or default)


def _said(values: list[Value], usage: str) -> tuple[dict[str, Any], dict[str, Value]]:
    """What the words say, each once, and where they stand."""
    said: dict[str, Any] = {}
    words: dict[str, Value] = {}
    while values:
        word = values.pop(0)
        if "password" in said and word.text not in _READERS:  # it may be the rest of a secret
            raise mistake("wrong-value", "a password is one value, in quotes", word.span, f"write `{usage}`")
        name = choice(word, _READERS)
        if name in said:
            raise mistake("setting-twice", f"{shown(word)} says again what this line says already", word.span)
        if not values:
            raise mistake("wrong-value", f"`{name}` says nothing", word.span, f"write `{usage}`")
        said[name], words[name] = _READERS[name](values), word
    return said, words


def _user(values: list[Value]) -> str:
    return text(values.pop(0), "the user")


def _password(values: list[Value]) -> Password:
    return next_secret(values, 'write `password env "NAME"`, or the password itself in quotes')


def _auth(values: list[Value]) -> str:
    return choice(values.pop(0), MECHANISMS)


def _tls(values: list[Value]) -> dict[str, Any]:
    found = tls.read(values, 'tls required ca "ca.pem"', behind=frozenset(_READERS))
    return {name.removeprefix("tls."): each for name, each in found.items()}


_READERS: dict[str, Callable[[list[Value]], Any]] = {
    "user": _user,
    "password": _password,
    "auth": _auth,
    "tls": _tls,
}
