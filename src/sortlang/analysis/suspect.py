"""Suspects: the bulk rules that a written rule may make needless."""

from collections.abc import Iterator

from sortlang.address import folded
from sortlang.globs.glob import Glob
from sortlang.program import Program
from sortlang.rules import Rule, Target
from sortlang.runs.bulk import Bulk
from sortlang.runs.sorts import bulk, written


def suspects(program: Program) -> Iterator[Rule]:
    """All that may be: of the others, each names a target to which no other rule of the file sends the same mail.

    Without an exact rule its mail goes where another `sort` sends it, and copies go where they went: the target must be
    among what these come to. So it is written out in one of them, or made by one with a `*`: then its domain is one
    that such a target may have, and its local part what the target says around a piece of the address.
    """
    heap = bulk(program.rules.sorts)
    others = (*written(program.rules.sorts), *program.rules.copies)
    targets = {each for rule in others if rule.account is None for each in rule.targets if each.kind == "address"}
    fixed = {(folded(each.local).encode(), each.domain.encode()) for each in targets if "*" not in str(each)}
    made = _made(targets, heap)
    if made or not heap.right.keys().isdisjoint(domain.decode() for _, domain in fixed):
        for local, domain, target, right in heap.rows():
            likely = (target, right) in fixed or (right in made and _likely(local, target, made[right]))
            rule = heap.of(local, domain) if likely else None
            if rule:
                yield rule


def _made(targets: set[Target], heap: Bulk) -> dict[bytes, tuple[str, ...]]:
    """For each domain of a bulk target, the local parts with a `*` that other targets may have there."""
    starred = [each for each in targets if "*" in each.local or "*" in each.domain]
    named: dict[str, set[str]] = {}
    for each in starred:
        if "*" not in each.domain:
            named.setdefault(each.domain, set()).add(folded(each.local))
    open_ended = [each for each in starred if "*" in each.domain]
    found = {}
    for domain in heap.right:
        locals_ = named.get(domain, set()) | {
            folded(each.local) for each in open_ended if Glob(each.domain).matches(domain)
        }
        if locals_:
            found[domain.encode()] = tuple(locals_)
    return found


def _likely(local: bytes, target: bytes, locals_: tuple[str, ...]) -> bool:
    """Whether one of the local parts with a `*`, filled with a piece of the address, is that of the target."""
    wanted = target.decode()
    for each in locals_:
        start, star, end = each.partition("*")
        if not star or "*" in end:
            return True
        piece = wanted[len(start) : len(wanted) - len(end)]
        if wanted.startswith(start) and wanted.endswith(end) and piece.encode() in local:
            return True
    return False
