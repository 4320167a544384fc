"""An Explanation: where mail for an address goes, and by which rules."""

from sortlang.address import Address
from sortlang.frozen import frozen
from sortlang.program import Destination, Route
from sortlang.rules import Account, Rule, Transport


@frozen
class Delivery:
    """One destination; for an address, its transport (None: the default Maildir)."""

    destination: Destination
    transport: Transport | None


@frozen
class Explanation:
    """Why mail for `address` goes where it goes. None is mail in which no recipient was found.

    `passed` are rules that match and do not apply, as the address that comes out of them lives nowhere; `sorts` all
    that do, in the order in which they are asked: the first one won. `copies` add to it.
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
    passed: tuple[Rule, ...] = ()

    @property
    def deliver(self) -> bool:
        return self.account is not None and bool(self.account.deliver)
