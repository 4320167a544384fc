"""Foresee: what a session would do, from listing and headers."""

from collections.abc import Iterator

from fetchrun import decide
from fetchrun.delivery.consign import Consignment, consign
from fetchrun.delivery.letter import account_id
from fetchrun.entrance import entered
from fetchrun.office import Office
from fetchrun.plan import Decision, Retrieve
from fetchrun.retention import warned
from sortlang.frozen import frozen
from sortlang.mail.envelope import recover
from sortlang.mail.message import fields
from sortlang.rules import Account


@frozen
class Prospect:
    """`routed`: for each copy that would be delivered where to and by which rule (`FILE:LINE`, or empty).

    `notices`: what an admin should know of the account.
    """

    decisions: tuple[Decision, ...]
    routed: tuple[tuple[str, str], ...]
    notices: tuple[str, ...] = ()


async def foreseen(account: Account, office: Office) -> Prospect:
    """Connects, lists and reads headers; the server and the ledger stay as they are. Raises Trouble."""
    async with entered(account) as drop:
        box = account_id(account.server, account.user)
        _, decisions = await decide.foreseen(drop, box, account, office)
        entries = [each.entry for each in decisions if isinstance(each, Retrieve)]
        routed = [each async for _, head in drop.heads(entries) for each in _routed(head, account, office)]
        # No QUIT: there are servers for which even a header counts as retrieved.
        return Prospect(decisions, tuple(routed), warned(account, drop.capabilities))


def _routed(head: bytes, account: Account, office: Office) -> Iterator[tuple[str, str]]:
    envelope = recover(fields(head), account, office.program)
    consignment = consign(envelope, office.program, account, office.state)
    yield from ((", ".join(copy.addresses) or f"the {copy.maildir.name}", copy.rule) for copy in consignment.copies)
    yield from _staying(consignment)


def _staying(consignment: Consignment) -> Iterator[tuple[str, str]]:
    if consignment.kept:
        rules = {
            each.rule.span.place
            for route in consignment.routes
            for each in route.destinations
            if each.kind == "keep" and each.rule
        }
        yield "nobody, to be left on the server", ", ".join(sorted(rules))
