"""The Program: accounts and tables, ready to run."""

from dataclasses import dataclass, field
from typing import Literal

from sortlang.address import Address
from sortlang.rules import Account, Rule, Rules, Target, Transport
from sortlang.table import Table

DEFAULT_MAILDIR = "mail/{domain}/{local}"


@dataclass(frozen=True, slots=True)
class Destination:
    """One place a message goes to, and the rule that says so (None: no rule took it, or the account's `deliver`)."""

    kind: Literal["address", "discard", "keep"]
    address: Address | None
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class Route:
    """The answer of the tables for one address. `rule` is the `sort` that won; None: nothing took it, it is discarded."""

    address: Address | None
    rule: Rule | None
    destinations: tuple[Destination, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """What a rules file compiles to. `sorts` and `copies` are by account name; None holds the file's own rules."""

    rules: Rules = field(repr=False)
    sorts: dict[str | None, Table[Rule]] = field(repr=False)
    copies: dict[str | None, Table[Rule]] = field(repr=False)
    transports: Table[Transport] = field(repr=False)
    digest: str

    @property
    def accounts(self) -> tuple[Account, ...]:
        return self.rules.accounts

    def route(self, address: Address | None, account: str | None = None) -> Route:
        """Where mail for `address` goes; None asks for mail in which no recipient was found: only `*` takes it."""
        winner = self.winner(address, account)
        sorted_to = _destinations(winner, address) if winner else (Destination("discard", None, None),)
        copied_to = (each for rule in self._copies(address, account) for each in _destinations(rule, address))
        return Route(address, winner, tuple(dict.fromkeys((*sorted_to, *copied_to))))

    def winner(self, address: Address | None, account: str | None = None) -> Rule | None:
        """The `sort` that wins: the account's own rules are asked first, then the file's."""
        scopes = (self.sorts[scope] for scope in _scopes(account) if scope in self.sorts)
        return next((rule for table in scopes if (rule := table.winner(address))), None)

    def takes(self, address: Address, account: str | None = None) -> bool:
        """Whether a rule other than lone `*` wins for the address."""
        winner = self.winner(address, account)
        return winner is not None and not winner.pattern.bare

    def owns(self, address: Address, account: str | None = None) -> bool:
        """Whether the address lies in one of our domains: those on the left of a `sort`, or taken by one."""
        scopes = (self.sorts[scope] for scope in _scopes(account) if scope in self.sorts)
        return any(table.names_domain(address.domain) for table in scopes) or self.takes(address, account)

    def transport(self, address: Address) -> Transport | None:
        """How mail for a deliver-to address is delivered; None: the default, a Maildir at DEFAULT_MAILDIR."""
        return self.transports.winner(address)

    def _copies(self, address: Address | None, account: str | None) -> list[Rule]:
        return [
            rule for scope in _scopes(account) if scope in self.copies for rule in self.copies[scope].matches(address)
        ]


def _scopes(account: str | None) -> tuple[str | None, ...]:
    return (None,) if account is None else (account, None)


def _destinations(rule: Rule, address: Address | None) -> tuple[Destination, ...]:
    return tuple(_destination(rule, target, address) for target in rule.targets)


def _destination(rule: Rule, target: Target, address: Address | None) -> Destination:
    if target.kind != "address":
        return Destination(target.kind, None, rule)
    return Destination("address", _substituted(rule, target, address), rule)


def _substituted(rule: Rule, target: Target, address: Address | None) -> Address:
    """The deliver-to address: each `*` on the right is what the `*` in the same part on the left took."""
    local, domain = rule.pattern.captures(address) if address else ("", "")
    return Address.parse(f"{target.local.replace('*', local)}@{target.domain.replace('*', domain)}")
