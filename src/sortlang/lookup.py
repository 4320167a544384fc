"""Look-up: where mail for an address goes, as text, the shortest way."""

from collections.abc import Callable

from sortlang.address import Address
from sortlang.memo import Memo
from sortlang.program import Destination, Program, Route
from sortlang.runs.bulk import Bulk, Found

Answer = tuple[str, ...]
"""Each place where mail goes: an address, `discard` or `keep`."""


def lookup(program: Program, account: str | None = None) -> Memo[str, Answer]:
    """`lookup(program)["anna@example.com"]` says where mail for her goes; `*`: mail without a recipient.

    What `Program.route` says, and remembered for a while; most answers take no Rule. `[]` raises InvalidAddress.
    """
    find = _final(program, account)

    def answer(text: str) -> Answer:
        found = find(text)
        return (found[2],) if found else named(_route(program, text, account).destinations)

    return Memo(answer)


def placed(program: Program, account: str | None = None) -> Callable[[str], tuple[Answer, str]]:
    """As `lookup`, with the FILE:LINE of the `sort` that won, `-` for none; nothing is remembered."""
    find, bulk = _final(program, account), _bulk(program, account)

    def answer(text: str) -> tuple[Answer, str]:
        found = find(text)
        if found and bulk:
            return (found[2],), bulk.placed(*found[:2])
        route = _route(program, text, account)
        return named(route.destinations), route.rule.span.place if route.rule else "-"

    return answer


def named(destinations: tuple[Destination, ...]) -> Answer:
    """The places in words."""
    return tuple([str(each.address) if each.kind == "address" else each.kind for each in destinations])


def _final(program: Program, account: str | None) -> Callable[[str], Found | None]:
    """A function from an address to the rule that says all there is to say of it, if that is one of the bulk."""
    bulk, domains = _bulk(program, account), program.domains
    if bulk is None:
        return lambda text: None
    finder = bulk.finder

    def find(text: str) -> Found | None:
        return finder(text.lower()) if text.isascii() else None

    def elsewhere(text: str) -> Found | None:
        found = find(text)
        return None if found and found[2].rpartition("@")[2] in domains else found

    return elsewhere if domains else find


def _bulk(program: Program, account: str | None) -> Bulk | None:
    """The rules that are final wherever they take an address; None: something may come before or beside them."""
    if {account, None} & program.copies.keys() or (account is not None and account in program.sorts):
        return None
    table = program.sorts.get(None)
    return table.bulk if table and isinstance(table.bulk, Bulk) else None


def _route(program: Program, text: str, account: str | None) -> Route:
    return program.route(None if text == "*" else Address.parse(text), account)
