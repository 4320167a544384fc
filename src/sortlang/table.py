"""The dispatch table: the rules that take an address, without asking each."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import field
from typing import Generic, Protocol, TypeVar

from sortlang.address import Address
from sortlang.frozen import frozen
from sortlang.globs.glob import Glob
from sortlang.globs.index import GlobIndex
from sortlang.memo import Memo
from sortlang.pattern import Patterned, Rank

R = TypeVar("R", bound=Patterned)
R_co = TypeVar("R_co", bound=Patterned, covariant=True)


class Bulk(Protocol[R_co]):
    """Exact rules that are made when they are asked for; `left` are their domains."""

    @property
    def left(self) -> Mapping[str, int]: ...

    def get(self, address: str) -> R_co | None:
        """The rule for an address in normal form."""


_Found = tuple[list[R], list[GlobIndex[R]]]


@frozen
class InDomain(Generic[R]):
    """For a domain: the rules that take all of it, and indexes by local part of those that ask for it."""

    whole: GlobIndex[R]
    parted: GlobIndex[GlobIndex[R]]

    def __call__(self, domain: str) -> _Found[R]:
        """In no order."""
        return self.whole.find(domain), self.parted.find(domain)


@frozen
class Table(Generic[R]):
    """Rules by what their patterns leave open. Of equal patterns the first stands.

    `exact` by the whole address; `by_local` (`anna@*`) by local part; `by_domain`, the rest of what has a `*`, by
    domain; `everything` has `*@*` and lone `*`, in this order. `exact_domains` are those that `exact` names; `bulk` is
    more of what belongs there.
    """

    exact: Mapping[str, R] = field(repr=False)
    exact_domains: AbstractSet[str] = field(repr=False)
    by_local: GlobIndex[R] = field(repr=False)
    by_domain: Memo[str, _Found[R]] = field(repr=False)
    everything: tuple[R, ...]
    bulk: Bulk[R] | None = field(repr=False, default=None)

    @staticmethod
    def of(rules: Iterable[R], bulk: Bulk[R] | None = None) -> "Table[R]":
        """The table of the rules, whose order does not matter; `bulk` has none of their patterns."""
        exact: dict[str, R] = {}
        names: set[str] = set()
        starred: list[R] = []
        for rule in rules:
            pattern = rule.pattern
            local, domain = pattern.local.text, pattern.domain.text
            if "*" in local or "*" in domain:
                starred.append(rule)
            else:
                exact.setdefault(f"{local}@{domain}", rule)
                names.add(domain)
        return _table(exact, frozenset(names), starred, bulk or None)

    def winner(self, address: Address | None) -> R | None:
        """The most specific rule that takes the address; None asks for mail in which no recipient was found."""
        if address is None:
            return next((rule for rule in self.everything if rule.pattern.bare), None)
        exact = self._exact(f"{address.local}@{address.domain}")
        if exact is not None:
            return exact
        found = self._starred(address)
        if found:
            return found[0] if len(found) == 1 else min(found, key=_rank)
        return self.everything[0] if self.everything else None

    def matches(self, address: Address | None) -> list[R]:
        """All rules that take the address, the most specific first."""
        if address is None:
            return [rule for rule in self.everything if rule.pattern.bare]
        exact = self._exact(f"{address.local}@{address.domain}")
        return [*([] if exact is None else [exact]), *sorted(self._starred(address), key=_rank), *self.everything]

    def names_domain(self, domain: str) -> bool:
        """Whether a pattern names the domain (normalised): its domain glob takes it and is not `*` alone."""
        exact = domain in self.exact_domains or (self.bulk is not None and domain in self.bulk.left)
        return exact or any(self.by_domain[domain])

    def _exact(self, address: str) -> R | None:
        exact = self.exact.get(address)
        return self.bulk.get(address) if exact is None and self.bulk is not None else exact

    def _starred(self, address: Address) -> list[R]:
        """The rules with a `*` that take the address, but for those that take all; in no order."""
        found = self.by_local.find(address.local)
        whole, parted = self.by_domain[address.domain]
        found += whole
        for index in parted:
            found += index.find(address.local)
        return found


def _table(exact: dict[str, R], names: frozenset[str], starred: list[R], bulk: Bulk[R] | None) -> Table[R]:
    """Put what has a `*` where it is looked for."""
    by_local: list[R] = []
    by_domain: list[R] = []
    everything: list[R] = []
    for rule in starred:
        pattern = rule.pattern
        any_local, any_domain = pattern.local.text == "*", pattern.domain.text == "*"
        place = by_domain if not any_domain else everything if any_local else by_local
        place.append(rule)
    return Table(exact, names, _by_local(by_local), _by_domain(by_domain), _unequal(everything), bulk)


def _by_domain(rules: list[R]) -> Memo[str, _Found[R]]:
    parted: dict[Glob, list[R]] = {}
    for rule in rules:
        if rule.pattern.local.text != "*":
            parted.setdefault(rule.pattern.domain, []).append(rule)
    whole_index = GlobIndex.of((rule.pattern.domain, rule) for rule in rules if rule.pattern.local.text == "*")
    parted_index = GlobIndex.of((domain, _by_local(those)) for domain, those in parted.items())
    return Memo(InDomain(whole_index, parted_index))


def _by_local(rules: list[R]) -> GlobIndex[R]:
    return GlobIndex.of((rule.pattern.local, rule) for rule in rules)


def _rank(rule: Patterned) -> Rank:
    return rule.pattern.rank


def _unequal(rules: list[R]) -> tuple[R, ...]:
    """`*@*` and lone `*`, of each the first."""
    first = {rule.pattern.bare: rule for rule in reversed(rules)}
    return tuple(first[bare] for bare in sorted(first))
