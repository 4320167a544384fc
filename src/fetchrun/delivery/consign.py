"""Consigning: a message and its envelope become copies for places."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.path import filled, maildir
from fetchrun.delivery.places import Place
from fetchrun.delivery.stamp import quarantine_lines, stamp
from sortlang.address import Address
from sortlang.frozen import frozen
from sortlang.mail.envelope import Envelope
from sortlang.mail.routing import routes
from sortlang.program import DEFAULT_MAILDIR, Program, Route
from sortlang.rules import Account

TRASH = "trash"
QUARANTINE = "quarantine"


@frozen
class Consignment:
    """Where a message goes: at most one copy for each place. `kept`: a rule wants it left on the server.

    `routes`: the answer for each recipient; without one, that for None; for an account's `deliver`, its targets.
    `fallback`: where it goes when the other side refuses a copy for good: into quarantine, then to whom `sort *` names.
    """

    copies: tuple[Copy, ...]
    kept: bool
    routes: tuple[Route, ...]
    fallback: tuple[Copy, ...] = ()


def consign(envelope: Envelope, program: Program, account: Account, state: Path) -> Consignment:
    """What the rules say of a message: every recipient routed, one copy for each place that they share.

    `state` is absolute; what is discarded goes to the Maildir `trash` in it, beside whatever is delivered. Pure.
    """
    answers = routes(envelope, program, account)
    copies = _copies(answers, envelope, program, account, state)
    kept = any(each.kind == "keep" for route in answers for each in route.destinations)
    if all(each.place.maildir for each in copies):
        return Consignment(copies, kept, answers)
    return Consignment(copies, kept, answers, _fallback(envelope, program, account, state))


def quarantined(reason: str, envelope: Envelope, program: Program, account: Account, state: Path) -> Consignment:
    """A message that is not to be delivered to anybody as it is; `reason` for a person."""
    copy = _quarantine(envelope, program, account, state)
    return Consignment((replace(copy, stamp=copy.stamp + quarantine_lines((reason,))),), False, ())


def place_of(address: Address, program: Program, state: Path) -> Place:
    """Where mail for a deliver-to address goes: as its `transport` says, or the default Maildir below `state`."""
    transport = program.transport(address)
    if transport is None or transport.kind == "maildir":
        return Place.at(maildir(transport.arguments[0] if transport else DEFAULT_MAILDIR, address, state))
    arguments = transport.arguments
    if transport.kind == "pipe":
        arguments = (arguments[0], *(filled(each, address) for each in arguments[1:]))
    return Place(transport.kind, arguments, f"{address.local}@{address.domain}", transport.access)


def _fallback(envelope: Envelope, program: Program, account: Account, state: Path) -> tuple[Copy, ...]:
    """The quarantine, and the catch-all that the file itself has."""
    catch_all = program.route(None, account.name)
    copies = _copies((catch_all,), envelope, program, account, state) if catch_all.rule else ()
    delivered = tuple(each for each in copies if each.fate == "delivered")
    return (_quarantine(envelope, program, account, state), *delivered)


def _quarantine(envelope: Envelope, program: Program, account: Account, state: Path) -> Copy:
    lines = stamp(account.name, envelope.source, "", program.digest, guessed=envelope.guessed)
    recipients = _spelled(envelope.recipients)
    return Copy(Place.at(state / QUARANTINE), "quarantined", (), recipients, envelope.source, "", lines)


def _copies(
    routes: Iterable[Route], envelope: Envelope, program: Program, account: Account, state: Path
) -> tuple[Copy, ...]:
    by_place: dict[Place, list[_Shipment]] = {}
    for each in (each for route in routes for each in _shipments(route, program, account, state)):
        by_place.setdefault(each.place, []).append(each)
    return tuple(_copy(each, envelope, program, account) for each in by_place.values())


@frozen
class _Shipment:
    """One destination of one recipient. `address`: the deliver-to address; None: to the trash."""

    place: Place
    address: Address | None
    recipient: Address | None
    rule: str


def _shipments(route: Route, program: Program, account: Account, state: Path) -> Iterator[_Shipment]:
    for each in route.destinations:
        rule = each.rule.span.place if each.rule else account.place("deliver").place if account.deliver else ""
        if each.address is not None:
            yield _Shipment(place_of(each.address, program, state), each.address, route.address, rule)
        elif each.kind == "discard":
            yield _Shipment(Place.at(state / TRASH), None, route.address, rule)


def _copy(shipments: list[_Shipment], envelope: Envelope, program: Program, account: Account) -> Copy:
    addresses = _spelled(each.address for each in shipments)
    rules = ",".join(dict.fromkeys(each.rule for each in shipments if each.rule))
    place = shipments[0].place
    named = () if place.kind == "lmtp" else addresses  # one message for all there; the server names each his own
    lines = stamp(account.name, envelope.source, rules, program.digest, guessed=envelope.guessed, addresses=named)
    return Copy(
        place=place,
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
