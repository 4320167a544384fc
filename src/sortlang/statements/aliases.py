"""A file of aliases, in the format of aliases(5)."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

from sortlang.address import Address, InvalidAddress
from sortlang.diagnostic import Diagnostic, Related, error
from sortlang.mistake import Mistake, attempt, mistake
from sortlang.rules import Alias
from sortlang.source import Source, Span
from sortlang.statements.mailboxes import MOST, local_part

_COMMENT = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)
_START = re.compile(r"^(?=[^\s])", re.MULTILINE)
_NAME = re.compile(r'\s*(?P<name>"(?:[^"\\\n]|\\[^\n])*"|[^\s:,"]+)[ \t]*:')
_TARGET = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^",])+|"', re.DOTALL)
_ELSEWHERE = {"|": "a program", "/": "a file", ":include:": "a list in another file"}

_Piece = tuple[str, Span]


def aliases(source: Source, domain: str, found: list[Diagnostic]) -> tuple[Alias, ...]:
    """The aliases of the domain as they stand; what is none, or cannot be followed, is a finding."""
    wrong: list[Diagnostic] = []
    read = [attempt(wrong, _alias, entry, domain) for entry in _entries(source)]
    found.extend(wrong[:MOST])
    return tuple(each for each in read if each)


def once(read: Iterable[Alias], found: list[Diagnostic]) -> tuple[Alias, ...]:
    """Each alias once, over several files too; one that says two things is a finding."""
    first: dict[str, Alias] = {}
    for each in read:
        other = first.setdefault(each.local, each)
        if set(other.targets) != set(each.targets):
            found.append(_twice(each, other))
    return tuple(first.values())


def _entries(source: Source) -> Iterator[_Piece]:
    """Logical lines: a line that begins with white space goes on with the one before; comments are white space."""
    text = _COMMENT.sub(lambda comment: " " * len(comment[0]), source.text)
    starts = [each.start() for each in _START.finditer(text)]
    early = [0] if text[: starts[0] if starts else len(text)].strip() else []
    for start, end in pairwise(chain(early, starts, [len(text)])):
        yield _trimmed(text[start:end], Span(source, start, end))


def _alias(entry: _Piece, domain: str) -> Alias:
    text, span = entry
    name = _NAME.match(text)
    if not name:
        line = Span(span.source, span.start, span.start + len(text.partition("\n")[0].rstrip()))
        raise mistake("invalid-alias", "expected a name and a `:`", line, "write `sales: anna, ben@example.com`")
    place = Span(span.source, span.start + name.start("name"), span.start + name.end("name"))
    local = _named(name["name"], domain, place)
    found: list[Diagnostic] = []
    rest = Span(span.source, span.start + name.end(), span.end)
    read = [attempt(found, _target, piece, local, domain) for piece in _pieces(text[name.end() :], rest)]
    if found:
        raise Mistake(*found)
    if not read:
        raise mistake("invalid-alias", f"the alias `{local}` stands for nobody", place)
    return Alias(local, tuple(dict.fromkeys(each for each in read if each)), span=place)


def _named(text: str, domain: str, place: Span) -> str:
    try:
        return local_part(_unquoted(text), domain)
    except InvalidAddress as why:
        raise mistake("invalid-alias", str(why), place) from None


def _pieces(text: str, span: Span) -> Iterator[_Piece]:
    """What stands between the commas."""
    for each in _TARGET.finditer(text):
        if each[0].strip():
            yield _trimmed(each[0], Span(span.source, span.start + each.start(), span.start + each.end()))


def _target(piece: _Piece, local: str, domain: str) -> Address:
    """An address, or a local part of the domain; a backslash before the alias's own name means its mailbox."""
    text, span = piece
    said = _unquoted(text)
    elsewhere = next((what for sign, what in _ELSEWHERE.items() if said.startswith(sign)), None)
    if elsewhere:
        hint = (
            "a `transport` delivers to a program: name an address here, and a transport for it"
            if said[0] == "|"
            else ""
        )
        raise mistake("unsupported-alias", f"an alias for {elsewhere} is not followed", span, hint)
    own = said.removeprefix("\\")
    try:
        address = Address.parse(own if "@" in own else f"{own}@{domain}")
    except InvalidAddress as why:
        raise mistake("invalid-alias", str(why), span) from None
    if said.startswith("\\") and (address.local, address.domain) != (local, domain):
        raise mistake("unsupported-alias", "a `\\` stands before the alias's own name only", span, "leave it out")
    return address


def _twice(second: Alias, first: Alias) -> Diagnostic:
    related = (Related(first.span, "the first one"),)
    message = f"the alias `{second.local}` stands twice and says two different things"
    return error("invalid-alias", message, second.span, "write all in one line", related)


def _unquoted(text: str) -> str:
    """Without quotes around the whole; a quoted local part with an `@` behind it stays as it is (RFC 5321 §4.1.2)."""
    whole = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', text, re.DOTALL)
    return re.sub(r"\\(.)", r"\1", whole[1]) if whole else text


def _trimmed(text: str, span: Span) -> _Piece:
    start = span.start + len(text) - len(text.lstrip())
    plain = text.strip()
    return plain, Span(span.source, start, start + len(plain))
