"""Routing: where the rules send a message, by its envelope."""

from sortlang.address import Address, InvalidAddress
from sortlang.mail.envelope import Envelope
from sortlang.program import Program, Route
from sortlang.rules import Account


def routes(envelope: Envelope, program: Program, account: Account) -> tuple[Route, ...]:
    """The answer for each recipient; without one, that for the list, or for None; for `deliver`, its targets."""
    if account.deliver:
        return (Route(None, None, program.delivered(account)),)
    if envelope.list_id and (route := program.list_route(envelope.list_id, account.name)):
        return (route,)
    return tuple(answer(each, program, account.name) for each in envelope.recipients or (None,))


def answer(address: Address | None, program: Program, account: str | None = None) -> Route:
    """The tables' answer. What a rule makes of a stranger's address may be none: then `sort *` has it, or the trash."""
    try:
        return program.route(address, account)
    except InvalidAddress:
        return program.salvaged(address, account)
