"""The dispatch table: the rules that take an address, without asking each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sortlang.address import Address
from sortlang.globindex import GlobIndex
from sortlang.pattern import Patterned, Rank

R = TypeVar("R", bound=Patterned)

Ranked = tuple[Rank, R]


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """Rules by what their patterns leave open. Of equal patterns the first stands.

    `exact` by the whole address; `by_local` (`anna@*`) by local part; `by_domain` (`*@ex.com`) by domain; `mixed`, the
    rest of what has a `*`, by domain and then by local part; `everything` has `*@*` and lone `*`, in this order.
    """

    exact: dict[str, R]
    exact_domains: frozenset[str]
    by_local: GlobIndex[Ranked[R]]
    by_domain: GlobIndex[Ranked[R]]
    mixed: GlobIndex[GlobIndex[Ranked[R]]]
    everything: tuple[R, ...]

    @staticmethod
    def of(rules: Iterable[R]) -> "Table[R]":
        """The table of the rules, whose order does not matter."""
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
        return _table(exact, frozenset(names), starred)

    def winner(self, address: Address | None) -> R | None:
        """The most specific rule that takes the address; None asks for mail in which no recipient was found."""
        if address is None:
            return next((rule for rule in self.everything if rule.pattern.bare), None)
        exact = self.exact.get(f"{address.local}@{address.domain}")
        if exact is not None:
            return exact
        found = self._starred(address)
        if found:
            return found[0][1] if len(found) == 1 else min(found)[1]
        return self.everything[0] if self.everything else None

    def matches(self, address: Address | None) -> list[R]:
        """All rules that take the address, the most specific first."""
        if address is None:
            return [rule for rule in self.everything if rule.pattern.bare]
        exact = self.exact.get(f"{address.local}@{address.domain}")
        found = [rule for _, rule in sorted(self._starred(address))]
        return [*([] if exact is None else [exact]), *found, *self.everything]

    def names_domain(self, domain: str) -> bool:
        """Whether a pattern names the domain (normalised): its domain glob takes it and is not `*` alone."""
        return domain in self.exact_domains or bool(self.by_domain.find(domain) or self.mixed.find(domain))

    def _starred(self, address: Address) -> list[Ranked[R]]:
        """The rules with a `*` that take the address, but for those that take all; in no order."""
        local, domain = address.local, address.domain
        found = self.by_local.find(local) + self.by_domain.find(domain)
        for index in self.mixed.find(domain):
            found += index.find(local)
        return found


def _table(exact: dict[str, R], names: frozenset[str], starred: list[R]) -> Table[R]:
    """Sort what has a `*` into the index that answers for it."""
    by_local: list[R] = []
    by_domain: list[R] = []
    everything: list[R] = []
    mixed: dict[str, list[R]] = {}
    for rule in starred:
        local, domain = rule.pattern.local.text, rule.pattern.domain.text
        if domain == "*":
            (everything if local == "*" else by_local).append(rule)
        elif local == "*":
            by_domain.append(rule)
        else:
            mixed.setdefault(domain, []).append(rule)
    return Table(
        exact,
        names,
        GlobIndex.of((rule.pattern.local, (rule.pattern.rank, rule)) for rule in by_local),
        GlobIndex.of((rule.pattern.domain, (rule.pattern.rank, rule)) for rule in by_domain),
        GlobIndex.of((rules[0].pattern.domain, _by_local(rules)) for rules in mixed.values()),
        _unequal(everything),
    )


def _by_local(rules: list[R]) -> GlobIndex[Ranked[R]]:
    return GlobIndex.of((rule.pattern.local, (rule.pattern.rank, rule)) for rule in rules)


def _unequal(rules: list[R]) -> tuple[R, ...]:
    """`*@*` and lone `*`, of each the first."""
    first = {rule.pattern.bare: rule for rule in reversed(rules)}
    return tuple(first[bare] for bare in sorted(first))
