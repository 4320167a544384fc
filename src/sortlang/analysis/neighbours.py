"""Neighbours: the rules that have an address in common with a pattern."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from sortlang.analysis.meet import meet
from sortlang.frozen import frozen
from sortlang.globs.glob import Glob
from sortlang.globs.index import GlobIndex
from sortlang.pattern import Pattern, Patterned

R = TypeVar("R", bound=Patterned)


@dataclass(frozen=True)
class Neighbours(Generic[R]):
    """Rules, whose order does not matter: they are looked through when somebody first asks.

    By domain, then by local part: most have both written out and are found without asking each.
    """

    rules: Iterable[R] = field(repr=False)
    seen: dict[str, "tuple[_Locals[R], ...]"] = field(default_factory=dict, repr=False)

    @cached_property
    def domains(self) -> dict[str, "_Locals[R]"]:
        """The rules of each domain glob."""
        by_domain: dict[str, list[R]] = {}
        for rule in self.rules:
            by_domain.setdefault(rule.pattern.domain.text, []).append(rule)
        return {domain: _Locals.of(those) for domain, those in by_domain.items()}

    @cached_property
    def starred(self) -> GlobIndex["_Locals[R]"]:
        """Those of the globs with a `*`."""
        return GlobIndex.of((Glob(domain), those) for domain, those in self.domains.items() if "*" in domain)

    def around(self, pattern: Pattern) -> Iterator[R]:
        """Every rule that takes an address which the pattern takes too, the rule of this pattern itself included."""
        for locals_ in self._domains(pattern.domain):
            yield from locals_.around(pattern.local)

    def _domains(self, glob: Glob) -> "tuple[_Locals[R], ...]":
        found = self.seen.get(glob.text)
        if found is None:
            found = self.seen[glob.text] = tuple(self._meeting(glob))
        return found

    def _meeting(self, glob: Glob) -> "Iterable[_Locals[R]]":
        if "*" in glob.text:
            return (those for domain, those in self.domains.items() if meet(glob, Glob(domain)))
        exact = self.domains.get(glob.text)
        return [*([exact] if exact else []), *self.starred.find(glob.text)]


@frozen
class _Locals(Generic[R]):
    """The rules of one domain glob; with several scopes or kinds of rules one local part may have several."""

    exact: dict[str, list[R]]
    starred: list[R]

    @staticmethod
    def of(rules: Iterable[R]) -> "_Locals[R]":
        exact: dict[str, list[R]] = {}
        starred: list[R] = []
        for rule in rules:
            local = rule.pattern.local.text
            place = starred if "*" in local else exact.setdefault(local, [])
            place.append(rule)
        return _Locals(exact, starred)

    def around(self, glob: Glob) -> Iterator[R]:
        if "*" not in glob.text:
            yield from self.exact.get(glob.text, ())
        else:
            yield from (rule for text, rules in self.exact.items() if glob.matches(text) for rule in rules)
        yield from (rule for rule in self.starred if meet(glob, rule.pattern.local))
