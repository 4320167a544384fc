"""Domains: who lives in them, by the files that their blocks name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from sortlang.address import InvalidAddress, normal_domain
from sortlang.diagnostic import Diagnostic, Related, error
from sortlang.mistake import attempt, mistake
from sortlang.reading import Reader, reason
from sortlang.rules import Domain
from sortlang.source import Source
from sortlang.statements.account import header
from sortlang.statements.aliases import aliases, once
from sortlang.statements.block import Facet, said
from sortlang.statements.mailboxes import mailboxes
from sortlang.syntax.tree import Statement, Value
from sortlang.values.plain import single, text
from sortlang.values.utf8 import undecoded

T = TypeVar("T")


def domains(statements: Iterable[Statement], read: Reader, found: list[Diagnostic]) -> tuple[Domain, ...]:
    """The domains, each once; one that is disabled is read, for what is wrong in it, and left out."""
    first: dict[str, Statement] = {}
    made: list[Domain] = []
    for each in statements:
        name = attempt(found, _name, each)
        if name is None:
            continue
        if first.setdefault(name, each) is not each:
            found.append(_duplicate(name, each, first[name]))
            continue
        facets = said("domain", each.block, found).facets
        domain = _domain(name, each, facets, read, found)
        made += [] if "disabled" in facets else [domain]
    return tuple(made)


def _name(statement: Statement) -> str:
    hint = 'write `domain "example.com" < … >`'
    if len(statement.left) != 1:
        span = statement.left[1].span if statement.left else statement.keyword.span
        raise mistake("wrong-value", "a domain has one name", span, hint)
    value = single(statement.left[0], hint)
    try:
        return normal_domain(text(value, "the name"))
    except InvalidAddress as why:
        raise mistake("wrong-value", str(why), value.span, hint) from None


def _domain(
    name: str, statement: Statement, facets: Mapping[str, Facet], read: Reader, found: list[Diagnostic]
) -> Domain:
    before = len(found)
    boxes = _listed(facets.get("mailboxes"), read, mailboxes, name, found)
    whole = None if boxes is None or len(found) > before else frozenset(boxes)  # nobody is unknown for want of a line
    stand_ins = _listed(facets.get("aliases"), read, aliases, name, found) or ()
    return Domain(
        name,
        mailboxes=whole,
        aliases=once(stand_ins, found),
        detail=facets["detail"].value if "detail" in facets else "",
        description=statement.description,
        span=header(statement),
    )


def _listed(
    facet: Facet | None,
    read: Reader,
    parse: Callable[[Source, str, list[Diagnostic]], Iterable[T]],
    domain: str,
    found: list[Diagnostic],
) -> Sequence[T] | None:
    """What the files say that the setting names; None if there is none, or it cannot be read."""
    sources = attempt(found, _sources, facet.value, read) if facet else None
    return None if sources is None else [each for source in sources for each in _parsed(source, parse, domain, found)]


def _sources(value: Value, read: Reader) -> Sequence[Source]:
    try:
        sources = read(value.text, value.span.source)
    except OSError as why:
        raise mistake("unreadable-list", f"cannot read `{value.text}`: {reason(why)}", value.span) from None
    if not sources:
        raise mistake("unreadable-list", f"`{value.text}` names no file", value.span)
    return sources


def _parsed(
    source: Source,
    parse: Callable[[Source, str, list[Diagnostic]], Iterable[T]],
    domain: str,
    found: list[Diagnostic],
) -> Iterable[T]:
    if bad := undecoded(source):
        found.extend(bad)
        return ()
    return parse(source, domain, found)


def _duplicate(name: str, second: Statement, first: Statement) -> Diagnostic:
    related = (Related(header(first), "the first one"),)
    return error("duplicate-domain", f'domain "{name}" stands twice', header(second), "write all in one", related)
