"""Whom a message is for: the envelope, recovered from the header."""

from collections.abc import Iterable, Sequence

from sortlang.address import Address
from sortlang.frozen import frozen
from sortlang.mail.addresslist import addresses
from sortlang.mail.message import Field
from sortlang.mail.sources import Source, border, claimed, list_ids, settled, sources
from sortlang.program import Program
from sortlang.rules import Account


@frozen
class Envelope:
    """`recipients` in the order found, each once; `source` the header that decided, `deliver` or `none`.

    `exact`: a host of the provider's wrote it; `guessed`: the sender did. `note`: what a person should know, or empty.
    `list_id`: no recipient, but a `sort list` takes the mail.
    """

    recipients: tuple[Address, ...]
    source: str
    exact: bool = False
    guessed: bool = False
    note: str = ""
    list_id: str = ""


def recover(fields: Sequence[Field], account: Account, program: Program) -> Envelope:
    """The recipients of ours that the header names. The first source that names one decides, exact ones before guesses.

    An exact source decides with every address in our domains; if no rule takes one of them, it is unknown, and nobody
    guesses on. A guess counts only for addresses that a rule other than `*` takes. Nothing found: a `sort list`
    takes it by its List-Id, or else `*` does.
    """
    if account.deliver:
        return Envelope((), "deliver", exact=True)
    account = settled(fields, account)
    edge = border(fields, account.trust_hops)
    forged = len(ignored(fields[edge:], account, program))
    for source in sources(fields, edge, account):
        if recipients := named_by(source, account, program):
            unknown = source.exact and not all(program.takes(each, account.name) for each in recipients)
            note = _note("unknown recipient" if unknown else "", forged)
            return Envelope(recipients, source.name, source.exact, not source.exact, note)
    if listed := next((each for each in list_ids(fields) if program.list_route(each, account.name)), ""):
        return Envelope((), "List-Id", note=_note("", forged), list_id=listed)
    return Envelope((), "none", note=_note("no recipient of ours in the header", forged))


def named_by(source: Source, account: Account, program: Program) -> tuple[Address, ...]:
    """The recipients that a source names: those of its first line, or lines of one host, that name one of us."""
    wanted = _ours if source.exact else _taken
    return next(
        (found for named in source.named if (found := tuple(dict.fromkeys(wanted(named, account, program))))), ()
    )


def ignored(below: Iterable[Field], account: Account, program: Program) -> tuple[Field, ...]:
    """The envelope headers below the trust border that name one of us: the sender's word, if not his lie."""
    return tuple(each for each in claimed(below, account) if any(_ours(addresses(each.value), account, program)))


def _ours(named: Iterable[Address], account: Account, program: Program) -> Iterable[Address]:
    return (each for each in named if program.owns(each, account.name))


def _taken(named: Iterable[Address], account: Account, program: Program) -> Iterable[Address]:
    return (each for each in named if program.takes(each, account.name))


def _note(said: str, forged: int) -> str:
    lines = f"{forged} envelope header{'s' * (forged > 1)} below the trust border ignored" if forged else ""
    return "; ".join(filter(None, (said, lines)))
