"""A Trace: where the recipients of a message were looked for, and found."""

from collections.abc import Iterator, Sequence
from itertools import chain

from sortlang.address import Address
from sortlang.frozen import frozen
from sortlang.mail.addresslist import addresses
from sortlang.mail.envelope import Envelope, ignored, named_by, recover
from sortlang.mail.message import Field
from sortlang.mail.sources import Source, border, settled, sources
from sortlang.program import Program
from sortlang.rules import Account


@frozen
class Look:
    """A source that was asked: `exact` if the provider wrote it; whom it names, and who of them decided, if any."""

    name: str
    exact: bool
    named: tuple[Address, ...]
    recipients: tuple[Address, ...]


@frozen
class Claim:
    """An envelope header below the trust border, where anyone may have written it: not believed."""

    name: str
    named: tuple[Address, ...]


@frozen
class Trace:
    """How an envelope was recovered. `above` of the `count` header fields stand above the trust border.

    `looks` in the order of asking: the last one decided, if one did.
    """

    envelope: Envelope
    account: Account
    count: int
    above: int
    looks: tuple[Look, ...]
    claims: tuple[Claim, ...]


def trace(fields: Sequence[Field], account: Account, program: Program) -> Trace:
    """The way to what `recover` returns; of an account that delivers all its mail no header is asked."""
    account = settled(fields, account)
    edge = border(fields, account.trust_hops)
    asked = () if account.deliver else tuple(_looks(fields, edge, account, program))
    false = () if account.deliver else ignored(fields[edge:], account, program)
    claims = tuple(Claim(each.name.decode("latin-1").title(), addresses(each.value)) for each in false)
    return Trace(recover(fields, account, program), account, len(fields), edge, asked, claims)


def _looks(fields: Sequence[Field], edge: int, account: Account, program: Program) -> Iterator[Look]:
    for source in sources(fields, edge, account):
        lines = tuple(source.named)
        recipients = named_by(Source(source.name, source.exact, lines), account, program)
        yield Look(source.name, source.exact, tuple(dict.fromkeys(chain.from_iterable(lines))), recipients)
        if recipients:
            return
