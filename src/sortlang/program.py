"""The Program: accounts and tables, ready to run."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import chain
from typing import Literal
from weakref import proxy

from sortlang.address import Address, InvalidAddress, folded
from sortlang.digest import shown, total
from sortlang.frozen import frozen
from sortlang.locality import Locality
from sortlang.memo import Memo
from sortlang.rules import Account, Rule, Rules, Target, Transport
from sortlang.table import Table

DEFAULT_MAILDIR = "mail/{domain}/{local}"


@frozen
class Destination:
    """One place a message goes to, and the rule that says so (None: no rule took it, or the account's `deliver`).

    `alias`: the address that the rule named, where it is an alias for `address`.
    """

    kind: Literal["address", "discard", "keep"]
    address: Address | None
    rule: Rule | None
    alias: Address | None = field(compare=False, default=None)


@frozen
class Route:
    """The answer for one address. `rule` is the `sort` that won; None: nothing took it, it is discarded."""

    address: Address | None
    rule: Rule | None
    destinations: tuple[Destination, ...]


@dataclass(frozen=True)
class Program:
    """What a rules file compiles to. `sorts`, `copies`, `lists` are by account name; None holds the file's own rules.

    `domains` are those with a block of their own. `digested`: the digest, if it has been worked out before.
    """

    rules: Rules = field(repr=False)
    sorts: dict[str | None, Table[Rule]] = field(repr=False)
    copies: dict[str | None, Table[Rule]] = field(repr=False)
    transports: Table[Transport] = field(repr=False)
    lists: dict[str | None, Table[Rule]] = field(repr=False, default_factory=dict)
    domains: Mapping[str, Locality] = field(repr=False, default_factory=dict)
    digested: str = field(repr=False, compare=False, default="")

    @cached_property
    def digest(self) -> str:
        """Twelve hex digits for what the rules mean; of many rules worked out when it is first asked for."""
        return self.digested or shown(self.total)

    @cached_property
    def total(self) -> int:
        """The sum that the digest is made of."""
        return total(self.rules)

    @property
    def accounts(self) -> tuple[Account, ...]:
        return self.rules.accounts

    def route(self, address: Address | None, account: str | None = None) -> Route:
        """Where mail for `address` goes; None asks for mail in which no recipient was found: only `*` takes it."""
        winner = self.winner(address, account)
        return Route(address, winner, self._destinations(winner, address, account))

    def salvaged(self, address: Address | None, account: str | None = None) -> Route:
        """As `route`, where a rule makes of a stranger's address what is none: `sort *` has that copy, or the trash."""
        winner = self.winner(address, account)
        rules = (*((winner,) if winner else ()), *self._copies(address, account))
        found = [
            each for rule in rules for target in rule.targets for each in self._caught(target, rule, address, account)
        ]
        nobody = () if winner else (Destination("discard", None, None),)
        return Route(address, winner, tuple(dict.fromkeys((*nobody, *found))))

    def list_route(self, list_id: str, account: str | None = None) -> Route | None:
        """Where mail of a list goes that has no recipient of ours; None: no `sort list` takes it, ask `route(None)`."""
        asked = Address("-", folded(list_id), "-")
        winner = next(self._winners(self.lists, asked, account), None)
        return Route(None, winner, self._destinations(winner, None, account)) if winner else None

    def delivered(self, account: Account) -> tuple[Destination, ...]:
        """Where the account's `deliver` puts all its mail, without asking a rule; empty if it has none."""
        named = (Address.parse(str(each)) for each in account.deliver)
        return tuple(dict.fromkeys(found for each in named for found in self._followed(each, None)))

    def winner(self, address: Address | None, account: str | None = None) -> Rule | None:
        """The `sort` that wins: the account's own rules are asked first, then the file's.

        A rule whose address lies in a domain of ours that does not know it does not apply, and the next is asked. The
        answer is remembered for a while: of each recipient it is asked several times, and many are asked for again.
        """
        return self._winner[address, account]

    @cached_property
    def _winner(self) -> Memo[tuple[Address | None, str | None], Rule | None]:
        mine = proxy(self)  # so that a program in force no more is gone with its last user
        return Memo(lambda asked: next(mine._winners(mine.sorts, *asked), None))

    def takes(self, address: Address, account: str | None = None) -> bool:
        """Whether a rule other than lone `*` wins for the address."""
        winner = self.winner(address, account)
        return winner is not None and not winner.pattern.bare

    def owns(self, address: Address, account: str | None = None) -> bool:
        """Whether it lies in one of our domains: a `domain`, those on the left of a `sort`, or taken by one."""
        if self.takes(address, account) or address.domain in self.domains:
            return True
        scopes = (self.sorts[scope] for scope in _scopes(account) if scope in self.sorts)
        return any(table.names_domain(address.domain) for table in scopes)

    def transport(self, address: Address) -> Transport | None:
        """How mail for a deliver-to address is delivered; None: the default, a Maildir at DEFAULT_MAILDIR."""
        return self.transports.winner(address)

    def applies(self, rule: Rule, address: Address | None) -> bool:
        """Whether every domain of ours knows the addresses that come out of the rule."""
        return not self.domains or all(self._known(each, rule, address) for each in rule.targets)

    def _winners(self, tables: "Tables", address: Address | None, account: str | None) -> Iterator[Rule]:
        """The first rule of each scope that applies."""
        for table in (tables[scope] for scope in _scopes(account) if scope in tables):
            best = table.winner(address)
            if best and not self.applies(best, address):
                best = next((each for each in table.matches(address) if self.applies(each, address)), None)
            if best:
                yield best

    def _known(self, target: Target, rule: Rule, address: Address | None) -> bool:
        if target.kind != "address":
            return True
        local, domain = _halves(rule, target, address)
        return domain not in self.domains or self.domains[domain].name(folded(local)) is not None

    def _destinations(
        self, winner: Rule | None, address: Address | None, account: str | None
    ) -> tuple[Destination, ...]:
        """What the `sort` says and every `copy` that matches, each place once."""
        found = tuple(self._of(winner, address)) if winner else (Destination("discard", None, None),)
        copies = [self._of(each, address) for each in self._copies(address, account)] if self.copies else []
        return found if len(found) == 1 and not copies else tuple(dict.fromkeys(chain(found, *copies)))

    def _of(self, rule: Rule, address: Address | None) -> Iterator[Destination]:
        for target in rule.targets:
            yield from self._to(target, rule, address)

    def _to(self, target: Target, rule: Rule, address: Address | None) -> Iterable[Destination]:
        if target.kind == "address":
            return self._followed(_named(*_halves(rule, target, address)), rule)
        return (Destination(target.kind, None, rule),)

    def _caught(
        self, target: Target, rule: Rule, address: Address | None, account: str | None
    ) -> Iterable[Destination]:
        """The rule stays named, so that its line can be found."""
        try:
            return self._to(target, rule, address)
        except InvalidAddress:
            catch_all = self.winner(None, account)
            if catch_all is None or catch_all == rule:
                return (Destination("discard", None, rule),)
            return (replace(each, rule=rule) for each in self._of(catch_all, None))

    def _followed(self, address: Address, rule: Rule | None) -> Iterable[Destination]:
        """The address, or those for which it is an alias."""
        local = self.domains.get(address.domain)
        named = local.alias(address.local) if local else None
        if named is None:
            return (Destination("address", address, rule),)
        return (Destination("address", each, rule, address) for each in named)

    def _copies(self, address: Address | None, account: str | None) -> Iterator[Rule]:
        for table in (self.copies[scope] for scope in _scopes(account) if scope in self.copies):
            yield from (rule for rule in table.matches(address) if self.applies(rule, address))


Tables = Mapping[str | None, Table[Rule]]


def _scopes(account: str | None) -> tuple[str | None, ...]:
    return (None,) if account is None else (account, None)


@lru_cache(maxsize=4096)
def _named(local: str, domain: str) -> Address:
    """Many rules and much mail come out at few addresses."""
    return Address.parse(f"{local}@{domain}")


def _halves(rule: Rule, target: Target, address: Address | None) -> tuple[str, str]:
    """The deliver-to address: each `*` on the right is what the `*` in the same part on the left took."""
    if "*" not in target.local and "*" not in target.domain:
        return target.local, target.domain
    local, domain = rule.pattern.captures(address) if address else ("", "")
    return target.local.replace("*", local), target.domain.replace("*", domain)
