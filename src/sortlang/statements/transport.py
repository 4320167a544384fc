"""How an address is delivered: `maildir`, `lmtp`, `smtp` or `pipe`."""

import posixpath
import re
from collections.abc import Callable, Sequence
from typing import Literal

from sortlang.frozen import frozen
from sortlang.mistake import mistake
from sortlang.rules import Access
from sortlang.statements.access import access
from sortlang.suggest import did_you_mean
from sortlang.syntax.tree import Statement, Value
from sortlang.values.host import host
from sortlang.values.plain import number, shown, text

Kind = Literal["maildir", "lmtp", "smtp", "pipe"]


@frozen
class Way:
    """How mail is delivered; the fields as those of a Transport."""

    kind: Kind
    arguments: tuple[str, ...]
    access: Access


PLACEHOLDERS = ("local", "domain", "address")
USAGES: dict[Kind, str] = {
    "maildir": 'maildir "mail/{domain}/{local}"',
    "lmtp": 'lmtp "localhost:24"',
    "smtp": 'smtp "mail.example.com:25"',
    "pipe": 'pipe "/usr/bin/program" "{address}"',
}
LOGIN = 'user "name" password env "NAME" tls required'
_HOST = re.compile(r"(?:\[(?P<ip6>[^\]]*)\]|(?P<host>[^:\[\]]+)):(?P<port>[0-9]+)")


def way(statement: Statement) -> Way:
    """What stands on the right of a `transport`: its kind and what it takes; raises Mistake."""
    if len(statement.right) != 1:
        raise mistake(
            "wrong-value",
            "a transport is one way to deliver, not a list",
            statement.right[1].span,
            f"write `{USAGES['maildir']}`",
        )
    word, *arguments = statement.right[0].values
    kind = next((each for each in USAGES if each == word.text and word.kind == "word"), None)
    if kind is None:
        hint = did_you_mean(word.text, USAGES) or f"write `{USAGES['maildir']}`"
        raise mistake("unknown-transport", f"{shown(word)} is no way to deliver", word.span, hint)
    if not arguments or (len(arguments) > 1 and kind == "maildir"):
        takes = "a program and its arguments" if kind == "pipe" else "one path" if kind == "maildir" else "one server"
        odd = arguments[1] if arguments else word
        raise mistake("wrong-value", f"`{kind}` takes {takes}", odd.span, f"write `{USAGES[kind]}`")
    if kind in ("maildir", "pipe"):
        return Way(kind, _READERS[kind](arguments), Access())
    (where,) = _READERS[kind](arguments[:1])
    return Way(kind, (where,), access(arguments[1:], where, f"{USAGES[kind]} {LOGIN}"))


def template(value: Value) -> str:
    """The path of a `maildir`; raises Mistake when it may leave its root or names a placeholder that is none."""
    path = _filled(value, "the path")
    if ".." in path.split("/"):
        raise mistake(
            "unsafe-path",
            "the path climbs out of its folder with `..`",
            value.span,
            "write the folder itself, absolute or below the state folder",
        )
    return path


def _filled(value: Value, what: str) -> str:
    """Text in which `{local}`, `{domain}` and `{address}` stand for the parts of the address."""
    found = text(value, what)
    for name in re.findall(r"\{([^{}]*)\}", found):
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
            hint = did_you_mean(name, PLACEHOLDERS) or f"there are {known}"
            raise mistake("unknown-placeholder", f"`{{{name}}}` stands for nothing", value.span, hint)
    if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", found)):
        raise mistake("unknown-placeholder", "a brace that is not part of a placeholder", value.span)
    return found


def _maildir(arguments: Sequence[Value]) -> tuple[str, ...]:
    return (template(arguments[0]),)


def _lmtp(arguments: Sequence[Value]) -> tuple[str, ...]:
    """RFC 2033: a server, or a socket in the file system."""
    said = text(arguments[0], "the server")
    if not said.startswith("unix:"):
        return (_server(arguments[0], "lmtp"),)
    if not said.startswith("unix:/"):
        raise mistake("wrong-value", "a socket is named by its whole path", arguments[0].span, 'write `lmtp "unix:/…"`')
    return (said,)


def _smtp(arguments: Sequence[Value]) -> tuple[str, ...]:
    return (_server(arguments[0], "smtp"),)


def _server(value: Value, kind: Kind) -> str:
    """`HOST:PORT`, an IPv6 address in brackets."""
    found = _HOST.fullmatch(text(value, "the server"))
    if not found:
        raise mistake("wrong-value", f"{shown(value)} is no server and port", value.span, f"write `{USAGES[kind]}`")
    name = host(Value(value.kind, found["ip6"] or found["host"], value.span))
    port = number(Value("number", found["port"], value.span), 1, 65_535, USAGES[kind])
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def _pipe(arguments: Sequence[Value]) -> tuple[str, ...]:
    """A program, looked up in PATH or beside the file, and its arguments; no shell reads them."""
    program, *rest = arguments
    name = text(program, "the program")
    if "/" in name:
        name = posixpath.join(posixpath.dirname(program.span.source.name), name)
    return (name, *(_filled(each, "the argument") if each.text else "" for each in rest))


_READERS: dict[Kind, Callable[[Sequence[Value]], tuple[str, ...]]] = {
    "maildir": _maildir,
    "lmtp": _lmtp,
    "smtp": _smtp,
    "pipe": _pipe,
}
