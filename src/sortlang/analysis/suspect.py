"""Suspects: the rules that another one may make needless."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, compress

from sortlang.address import folded
from sortlang.frozen import frozen
from sortlang.globs.glob import Glob
from sortlang.program import Program
from sortlang.rules import Rule, Target
from sortlang.runs.bulk import Bulk
from sortlang.runs.sorts import bulk, written

Place = tuple[str, str]
"""Local part and domain of a target, as they are compared."""


def suspects(program: Program) -> Iterator[Sequence[Rule]]:
    """All that may be, each with those that `detail` adds to it and that stand where it stands.

    Of the others, each names a target to which no other rule sends the same mail. Without a rule its mail goes where
    another `sort` sends it, and copies go where they went: the target must be among what these come to. So it is
    written out in one of them, or made by one with a `*`: then its domain is one that such a target may have, and its
    local part what the target says around a piece of the address. Where a `domain` has a say, all are suspected.
    """
    heap = bulk(program.rules.sorts)
    said = _Said.of(chain(written(program.rules.sorts), program.rules.copies), heap)
    families = _families(program)
    yield from families if program.domains else (each for each in families if said.may_come(each[0]))
    yield from ([each] for each in _of_bulk(heap, said))


@frozen
class _Said:
    """Where written rules send mail: how many of them to an address written out; by domain, local parts with a `*`."""

    fixed: Counter[Place]
    named: dict[str, set[str]]
    open_ended: list[Target]

    @staticmethod
    def of(rules: Iterator[Rule], heap: Bulk) -> "_Said":
        said = _Said(Counter(), {}, [])
        for target in (target for rule in rules for target in rule.targets if target.kind == "address"):
            if "*" in target.domain:
                said.open_ended.append(target)
            elif "*" in target.local:
                said.named.setdefault(target.domain, set()).add(folded(target.local))
            else:
                said.fixed[_place(target)] += 1
        return said

    def may_come(self, rule: Rule) -> bool:
        """Whether all that a written rule says may be said by others about its most general address.

        Of a whole address it may be said by the bulk, too, which takes no other.
        """
        if "*" not in rule.pattern.local.text + rule.pattern.domain.text:
            return True
        places = (
            _place(each) for each in rule.targets if each.kind == "address" and "*" not in each.local + each.domain
        )
        local = rule.pattern.local.text
        return all(self.fixed[each] > 1 or _likely(local, each[0], self.made(each[1])) for each in places)

    def made(self, domain: str) -> set[str]:
        """The local parts with a `*` that a target in the domain may have."""
        named = self.named.get(domain, set())
        if not self.open_ended:
            return named
        return named | {folded(each.local) for each in self.open_ended if Glob(each.domain).matches(domain)}


def _of_bulk(heap: Bulk, said: _Said) -> Iterator[Rule]:
    """To an address written out anywhere, or to one that a target with a `*` comes to."""
    fixed = {f"{local}@{domain}" for local, domain in said.fixed}
    made = {domain: locals_ for domain in heap.right if (locals_ := said.made(domain))}
    if made or not heap.right.keys().isdisjoint(domain for _, domain in said.fixed):
        for lefts, rights in heap.sides():
            likely = map(partial(_is_likely, fixed, made), lefts, rights) if made else map(fixed.__contains__, rights)
            found = map(heap.get, compress(lefts, likely))
            yield from (each for each in found if each)


def _is_likely(fixed: set[str], made: dict[str, set[str]], left: str, right: str) -> bool:
    target, _, domain = right.rpartition("@")
    return right in fixed or (domain in made and _likely(left.rpartition("@")[0], target, made[domain]))


def _place(target: Target) -> Place:
    return folded(target.local), target.domain


def _likely(local: str, wanted: str, locals_: set[str]) -> bool:
    """Whether one of the local parts with a `*`, filled with a piece of the address, is the wanted one."""
    for each in locals_:
        start, star, end = each.partition("*")
        if not star or "*" in end:
            return True
        piece = wanted[len(start) : len(wanted) - len(end)]
        if wanted.startswith(start) and wanted.endswith(end) and piece in local:
            return True
    return False


def _families(program: Program) -> list[list[Rule]]:
    """The rules that somebody wrote, each with those that `detail` adds to it and that stand where it stands."""
    rules = (*written(program.rules.sorts), *program.rules.copies)
    added: dict[object, list[Rule]] = {}
    for each in rules:
        if each.detail:
            added.setdefault((each.kind, each.account, each.span), []).append(each)
    if not added:
        return [[each] for each in rules]
    return [[each, *added.get((each.kind, each.account, each.span), ())] for each in rules if not each.detail]
