"""Explain: where mail for an address goes, and which rule says so."""

from dataclasses import replace
from itertools import takewhile

from sortlang.address import Address
from sortlang.explanation import Delivery, Explanation
from sortlang.program import Destination, Program
from sortlang.rules import Account, Rule
from sortlang.table import Table


def explain(program: Program, address: Address | None, account: Account | None = None) -> Explanation:
    """What the program does with mail for the address that came in through the account; None: by the file's rules."""
    name = account.name if account else None
    route = program.route(address, name)
    fixed = program.delivered(account) if account else ()
    sorts = () if fixed else _matching(program.sorts, address, name)
    copies = () if fixed else _matching(program.copies, address, name)
    return Explanation(
        address=address,
        account=account,
        route=route,
        sorts=tuple(rule for rule in sorts if program.applies(rule, address)),
        copies=tuple(rule for rule in copies if program.applies(rule, address)),
        deliveries=tuple(_delivery(program, each) for each in fixed or route.destinations),
        scopes=tuple(sorted({scope for scope in (*program.sorts, *program.copies) if scope})),
        passed=tuple(
            rule
            for rule in (*takewhile(lambda each: each is not route.rule, sorts), *copies)
            if not program.applies(rule, address)
        ),
    )


def explain_list(program: Program, list_id: str, account: Account | None = None) -> Explanation:
    """What it does with mail of the list in which no recipient was found; if no `sort list` takes it, as any such."""
    route = program.list_route(list_id, account.name if account else None)
    plain = explain(program, None, account)
    if route is None or route.rule is None:
        return plain
    deliveries = tuple(_delivery(program, each) for each in route.destinations)
    return replace(plain, route=route, sorts=(route.rule, *plain.sorts), deliveries=deliveries)


def _matching(tables: dict[str | None, Table[Rule]], address: Address | None, account: str | None) -> tuple[Rule, ...]:
    scopes = dict.fromkeys((account, None))
    return tuple(rule for scope in scopes if scope in tables for rule in tables[scope].matches(address))


def _delivery(program: Program, destination: Destination) -> Delivery:
    return Delivery(destination, program.transport(destination.address) if destination.address else None)
