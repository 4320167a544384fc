"""Defaults: what accounts get that do not say it themselves."""

from collections.abc import Iterable

from sortlang.diagnostic import Diagnostic, Related, error
from sortlang.statements.block import Facet, said
from sortlang.syntax.tree import Statement


def defaults(blocks: Iterable[Statement], found: list[Diagnostic]) -> dict[str, Facet]:
    """What all `defaults` blocks say together; two that differ are a finding, for order cannot choose."""
    merged: dict[str, Facet] = {}
    for block in blocks:
        if block.left:
            found.append(error("wrong-shape", "`defaults` has no name", block.left[0].span, "write `defaults < … >`"))
        facets = said("defaults", block.block, found).facets
        for name, facet in () if "disabled" in facets else facets.items():
            _merge(merged, name, facet, found)
    return merged


def _merge(merged: dict[str, Facet], name: str, facet: Facet, found: list[Diagnostic]) -> None:
    first = merged.setdefault(name, facet)
    if first.value != facet.value:
        message = f"two `defaults` differ on `{facet.setting}`"
        related = (Related(first.span, "the other one"),)
        found.append(error("conflicting-defaults", message, facet.span, "keep one of them", related))
