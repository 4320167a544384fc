"""Routing: where the rules send a message, by its envelope."""

from sortlang.address import Address, InvalidAddress
from sortlang.mail.envelope import Envelope
from sortlang.program import Destination, Program, Route
from sortlang.rules import Account


def routes(envelope: Envelope, program: Program, account: Account) -> tuple[Route, ...]:
    """The answer for each recipient; without one, that for None; for an account's `deliver`, its targets."""
    if account.deliver:
        return _delivered(account)
    return tuple(answer(each, program, account.name) for each in envelope.recipients or (None,))


def answer(address: Address | None, program: Program, account: str | None = None) -> Route:
    """The tables' answer. What a rule makes of a stranger's address may be none: then the trash keeps the mail."""
    try:
        return program.route(address, account)
    except InvalidAddress:
        return Route(address, None, (Destination("discard", None, program.winner(address, account)),))


def _delivered(account: Account) -> tuple[Route, ...]:
    addresses = (Address.parse(f"{each.local}@{each.domain}") for each in account.deliver)
    return (Route(None, None, tuple(Destination("address", each, None) for each in addresses)),)
