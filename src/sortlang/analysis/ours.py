"""Ours: what the domains of ours make of a rule."""

from collections.abc import Iterator
from dataclasses import field
from itertools import chain

from sortlang.analysis.meet import general
from sortlang.analysis.outcome import outcome
from sortlang.analysis.preimage import preimage
from sortlang.frozen import frozen
from sortlang.globs.glob import Glob
from sortlang.locality import Locality
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import Rule, Target


@frozen
class Ours:
    """A program's domains as the analysis asks them. Of a domain all but a few local parts are treated alike.

    So a rule whose addresses come out in a domain of ours does one thing for all of its pattern, which its most general
    address shows, but for its `points`: the names that the domain knows, and the domain itself.
    """

    program: Program = field(repr=False)

    def applies(self, rule: Rule, place: Pattern | None) -> bool:
        """Whether our domains know where the rule sends the mail of the place, but for points inside it."""
        return self.program.applies(rule, general(place) if place else None)

    def says(self, rule: Rule | None, place: Pattern | None) -> frozenset[str]:
        """Where the rule sends it, aliases followed."""
        found = outcome(rule, place)
        if not self.program.domains:
            return found
        return frozenset(end for each in found for end in self._ends(each))

    def points(self, rule: Rule) -> Iterator[Pattern]:
        """What of the rule's pattern may be treated in a way of its own."""
        for domain, local in self.program.domains.items():
            if any(_varies(each, domain) for each in rule.targets):
                names = (Pattern(Glob(name), Glob(domain)) for name in _names(local))
                found = chain.from_iterable(preimage(rule, each) for each in names)
                yield from (each for each in found if each.local.text and each.domain.text)

    def _ends(self, place: str) -> tuple[str, ...]:
        local, _, domain = place.rpartition("@")
        ours = self.program.domains.get(domain)
        named = ours.alias(local) if ours else None
        return (place,) if named is None else tuple(f"{each.local}@{each.domain}" for each in named)


def _varies(target: Target, domain: str) -> bool:
    """Whether addresses that differ come out in the domain."""
    return "*" in target.local + target.domain and Glob.of(target.domain).matches(domain)


def _names(local: Locality) -> Iterator[str]:
    """The names that the domain knows, with any detail too; and all of it, for whom it does not know."""
    known = local.aliases.keys() | (local.mailboxes or frozenset())
    if known or local.mailboxes is not None:
        yield "*"
    for name in sorted(known):
        yield name
        if local.detail:
            yield f"{name}{local.detail}*"
