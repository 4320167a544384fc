"""A locality: who is known in a domain of ours, and who stands for whom."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace

from sortlang.address import Address
from sortlang.frozen import frozen
from sortlang.rules import Domain


@frozen
class Locality:
    """What one `domain` says, ready to ask; local parts are folded. `mailboxes` None: all exist.

    `aliases`: where mail for each goes; those of a Program are followed to their end.
    """

    mailboxes: frozenset[str] | None = field(repr=False)
    aliases: Mapping[str, tuple[Address, ...]] = field(repr=False)
    detail: str = ""

    def name(self, local: str) -> str | None:
        """The mailbox or alias that takes the local part: as it stands, or without its detail; None: nobody does."""
        for each in spellings(local, self.detail):
            if each in self.aliases or (self.mailboxes is not None and each in self.mailboxes):
                return each
        return local if self.mailboxes is None else None

    def alias(self, local: str) -> tuple[Address, ...] | None:
        """Where mail for the local part goes instead; None: it is no alias."""
        name = self.name(local)
        return None if name is None else self.aliases.get(name)


def spellings(local: str, detail: str) -> Iterator[str]:
    """The names under which a local part is looked up: as it stands, then without its last detail, and so on."""
    yield local
    while detail:
        local, found, _ = local.rpartition(detail)
        if not (found and local):
            return
        yield local


def localities(domains: Iterable[Domain]) -> dict[str, Locality]:
    """What the domains say, by name, their aliases followed through all of them, each once."""
    said = {each.name: stated(each) for each in domains}
    return {domain: replace(each, aliases=_followed(domain, each, said)) for domain, each in said.items()}


def stated(domain: Domain) -> Locality:
    """The domain as it stands, no alias followed."""
    return Locality(domain.mailboxes, {each.local: each.targets for each in domain.aliases}, domain.detail)


def next_alias(address: Address, said: Mapping[str, Locality]) -> str | None:
    """The alias by which mail for the address goes on, as `LOCAL@DOMAIN`; None: it ends here."""
    local = said.get(address.domain)
    name = local.name(address.local) if local else None
    return f"{name}@{address.domain}" if local and name in local.aliases else None


def _followed(domain: str, local: Locality, said: Mapping[str, Locality]) -> dict[str, tuple[Address, ...]]:
    return {name: tuple(dict.fromkeys(_ends(f"{name}@{domain}", said))) for name in local.aliases}


def _ends(alias: str, said: Mapping[str, Locality]) -> Iterator[Address]:
    """Where the alias leads in the end. One that names itself means the mailbox of its own name."""
    seen = {alias}
    waiting = [(alias, each) for each in reversed(_targets(alias, said))]
    while waiting:
        via, address = waiting.pop()
        key = next_alias(address, said)
        if key is None or key == via:
            yield address
        elif key not in seen:
            seen.add(key)
            waiting.extend((key, each) for each in reversed(_targets(key, said)))


def _targets(alias: str, said: Mapping[str, Locality]) -> tuple[Address, ...]:
    local, _, domain = alias.rpartition("@")
    return said[domain].aliases[local]
