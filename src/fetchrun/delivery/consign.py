"""Consigning: a message and its envelope become copies for Maildirs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.path import maildir
from fetchrun.delivery.stamp import stamp
from sortlang.address import Address
from sortlang.mail.envelope import Envelope
from sortlang.mail.routing import routes
from sortlang.program import DEFAULT_MAILDIR, Program, Route
from sortlang.rules import Account

TRASH = "trash"


@dataclass(frozen=True, slots=True)
class Consignment:
    """Where a message goes: at most one copy for each Maildir. `kept`: a rule wants it left on the server.

    `routes`: the answer for each recipient; without one, that for None; for an account's `deliver`, its targets.
    """

    copies: tuple[Copy, ...]
    kept: bool
    routes: tuple[Route, ...]


def consign(envelope: Envelope, program: Program, account: Account, state: Path) -> Consignment:
    """What the rules say of a message: every recipient routed, one copy for each Maildir that they share.

    `state` is absolute; what is discarded goes to the Maildir `trash` in it, beside whatever is delivered. Pure.
    """
    answers = routes(envelope, program, account)
    by_maildir: dict[Path, list[_Shipment]] = {}
    for each in (each for route in answers for each in _shipments(route, program, account, state)):
        by_maildir.setdefault(each.maildir, []).append(each)
    copies = tuple(_copy(each, envelope, program, account) for each in by_maildir.values())
    return Consignment(copies, any(each.kind == "keep" for route in answers for each in route.destinations), answers)


def maildir_of(address: Address, program: Program, state: Path) -> Path:
    """The Maildir of a deliver-to address: as its `transport` says, or the default below `state`."""
    transport = program.transport(address)
    assert transport is None or transport.kind == "maildir", "no program with another transport is run"
    return maildir(transport.arguments[0] if transport else DEFAULT_MAILDIR, address, state)


@dataclass(frozen=True, slots=True)
class _Shipment:
    """One destination of one recipient. `address`: the deliver-to address; None: to the trash."""

    maildir: Path
    address: Address | None
    recipient: Address | None
    rule: str


def _shipments(route: Route, program: Program, account: Account, state: Path) -> Iterator[_Shipment]:
    for each in route.destinations:
        rule = each.rule.span.place if each.rule else account.place("deliver").place if account.deliver else ""
        if each.address is not None:
            yield _Shipment(maildir_of(each.address, program, state), each.address, route.address, rule)
        elif each.kind == "discard":
            yield _Shipment(state / TRASH, None, route.address, rule)


def _copy(shipments: list[_Shipment], envelope: Envelope, program: Program, account: Account) -> Copy:
    addresses = _spelled(each.address for each in shipments)
    rules = ",".join(dict.fromkeys(each.rule for each in shipments if each.rule))
    lines = stamp(account.name, envelope.source, rules, program.digest, guessed=envelope.guessed, addresses=addresses)
    return Copy(
        maildir=shipments[0].maildir,
        fate="delivered" if addresses else "discarded",
        addresses=addresses,
        recipients=_spelled(each.recipient for each in shipments),
        source=envelope.source,
        rule=rules,
        stamp=lines if account.stamp else b"",
    )


def _spelled(addresses: Iterable[Address | None]) -> tuple[str, ...]:
    """Each once: what compares equal is one address, in its first spelling."""
    return tuple(map(str, dict.fromkeys(each for each in addresses if each is not None)))
