"""A Verdict: whether an expectation holds, and what is so instead."""

from collections.abc import Callable, Iterable

from sortlang.address import folded
from sortlang.analysis.region import Region
from sortlang.frozen import frozen
from sortlang.program import Destination, Program, Route
from sortlang.rules import Expectation, Rule, Target


@frozen
class Verdict:
    """What became of one expectation. `expected` and `got`: places as `places` and `named` spell them.

    `rules`: those that decided, the `sort` that won before copies. `beaten`: the next best `sort`, or, if `instead`,
    the best of those that say what was expected. `region`: for `every` and `never` addresses for which it does not
    hold, the witness of which was asked; `more`: how many other regions there are. `source`: the header that named the
    recipients of a message, and them. `trouble`: why it could not be tried.
    """

    expectation: Expectation
    holds: bool
    expected: tuple[str, ...]
    got: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    beaten: Rule | None = None
    instead: bool = False
    region: Region | None = None
    more: int = 0
    source: str = ""
    trouble: str = ""


Read = Callable[[str], bytes]
"""The message in the file of that name, its header at least; raises OSError."""

Judge = Callable[[Expectation, Program, Read], Verdict]


def places(routes: Iterable[Route]) -> tuple[str, ...]:
    """Where the routes lead together: addresses as they are compared, `discard`, `keep`; sorted, each once."""
    return tuple(sorted({_place(each) for route in routes for each in route.destinations}))


def named(targets: Iterable[Target]) -> tuple[str, ...]:
    """The places that targets name, in the same spelling; a `*` stays as it is."""
    return tuple(
        sorted({f"{folded(each.local)}@{each.domain}" if each.kind == "address" else each.kind for each in targets})
    )


def deciding(routes: Iterable[Route]) -> tuple[Rule, ...]:
    """The rules that the destinations come from, each once."""
    found = {id(each.rule): each.rule for route in routes for each in route.destinations if each.rule}
    return tuple(found.values())


def _place(destination: Destination) -> str:
    address = destination.address
    return f"{address.local}@{address.domain}" if address else destination.kind
