"""Explain: where mail for an address goes, and which rule says so."""

from dataclasses import dataclass

from sortlang.address import Address
from sortlang.program import Destination, Program, Route
from sortlang.rules import Account, Rule, Transport
from sortlang.table import Table


@dataclass(frozen=True, slots=True)
class Delivery:
    """One destination; for an address, its transport (None: the default Maildir)."""

    destination: Destination
    transport: Transport | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why mail for `address` goes where it goes. None is mail in which no recipient was found.

    `sorts` are all rules that match, in the order in which they are asked: the first one won. `copies` add to it.
    `deliver`: set when the account delivers all its mail to fixed addresses and asks no rule. `scopes` are the accounts
    with rules of their own, whose answer may be another.
    """

    address: Address | None
    account: Account | None
    route: Route
    sorts: tuple[Rule, ...]
    copies: tuple[Rule, ...]
    deliveries: tuple[Delivery, ...]
    scopes: tuple[str, ...]

    @property
    def deliver(self) -> bool:
        return self.account is not None and bool(self.account.deliver)


def explain(program: Program, address: Address | None, account: Account | None = None) -> Explanation:
    """What the program does with mail for the address that came in through the account; None: the file's rules alone."""
    name = account.name if account else None
    route = program.route(address, name)
    fixed = account.deliver if account else ()
    addresses = (Address.parse(str(each)) for each in fixed)
    destinations = tuple(Destination("address", each, None) for each in addresses) or route.destinations
    return Explanation(
        address=address,
        account=account,
        route=route,
        sorts=() if fixed else _matching(program.sorts, address, name),
        copies=() if fixed else _matching(program.copies, address, name),
        deliveries=tuple(_delivery(program, each) for each in destinations),
        scopes=tuple(sorted({scope for scope in (*program.sorts, *program.copies) if scope})),
    )


def _matching(tables: dict[str | None, Table[Rule]], address: Address | None, account: str | None) -> tuple[Rule, ...]:
    scopes = dict.fromkeys((account, None))
    return tuple(rule for scope in scopes if scope in tables for rule in tables[scope].matches(address))


def _delivery(program: Program, destination: Destination) -> Delivery:
    return Delivery(destination, program.transport(destination.address) if destination.address else None)
