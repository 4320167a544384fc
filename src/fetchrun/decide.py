"""Decide: the plan for what lies there, with the headers it asks for."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fetchrun.listing import Entry, Lists, named
from fetchrun.memory.clock import agrees, note
from fetchrun.memory.records import Known
from fetchrun.memory.resting import present, resting
from fetchrun.office import Office
from fetchrun.plan import Decision, Examine, Leave, plan
from fetchrun.quiet import Quiet, set_apart
from fetchrun.retention import restrained
from fetchrun.server.maildrop import Maildrop
from fetchrun.trouble import Trouble
from sortlang.mail.message import arrival, fields, head_hash
from sortlang.mail.sources import settled
from sortlang.rules import Account


async def decided(drop: Maildrop, box: str, account: Account, office: Office) -> tuple[tuple[Decision, ...], Quiet]:
    """One decision for each message that lies there but the quiet ones; what the listing teaches is written down.

    Raises Trouble.
    """
    lists = await drop.lists()
    quiet, listing = await asyncio.to_thread(_set_apart, lists, box, account, office)
    del lists  # of a large maildrop all of it together is too much
    listing = await _named(drop, listing, account)
    known = await asyncio.to_thread(_known, listing, box, office, only=bool(quiet.count))
    listing, decisions = await _planned(drop, box, listing, known, account, office, quiet.count)
    adopted = [each.entry for each in decisions if isinstance(each, Leave) and each.adopt]
    await asyncio.to_thread(_learned, listing, adopted, quiet, account, office)
    return decisions, quiet


async def foreseen(
    drop: Maildrop, box: str, account: Account, office: Office
) -> tuple[tuple[Entry, ...], tuple[Decision, ...]]:
    """The listing and a decision for each of its entries, none of them Examine; changes nothing. Raises Trouble."""
    listing = await listed(drop, account)
    known = await asyncio.to_thread(_known, listing, box, office)
    return await _planned(drop, box, listing, known, account, office)


async def listed(drop: Maildrop, account: Account) -> tuple[Entry, ...]:
    """What lies there; where the server knows no UIDL, with what names of its own each header gives."""
    return await _named(drop, await drop.listing(), account)


def _learned(
    listing: Sequence[Entry], adopted: Sequence[Entry], quiet: Quiet, account: Account, office: Office
) -> None:
    """What the listing teaches, in one transaction. Raises Trouble."""
    ledger, now = office.ledger, office.clock()
    with ledger.database.writing():
        box = ledger.account(account.server, account.user, account.name)
        ledger.polled(box, listing, now, quiet.uids)
        ledger.adopt(box, adopted, now)
        if office.moment and account.keep:
            note(ledger, box, office.moment(now))


def _set_apart(lists: Lists, box: str, account: Account, office: Office) -> tuple[Quiet, tuple[Entry, ...]]:
    """Raises Trouble."""
    at_rest = resting(office.ledger, box, office.clock(), account.keep)
    return set_apart(lists, at_rest, present(office.ledger, box))


def _known(listing: Sequence[Entry], box: str, office: Office, *, only: bool = False) -> dict[bytes, Known]:
    return office.ledger.known(box, [each.uid for each in listing], only=only)


async def _planned(
    drop: Maildrop,
    box: str,
    listing: tuple[Entry, ...],
    known: Mapping[bytes, Known],
    account: Account,
    office: Office,
    others: int = 0,
) -> tuple[tuple[Entry, ...], tuple[Decision, ...]]:
    """The listing with the headers that were needed, and its plan; `others` lie there besides."""
    first = await asyncio.to_thread(office.ledger.first_poll, box)
    steady = await asyncio.to_thread(_steady, account, box, office)

    def planned(listing: Sequence[Entry]) -> tuple[Decision, ...]:
        decisions = plan(listing, known, account, office.program.digest, office.clock(), first)
        at_once = office.all_at_once
        return tuple(restrained(decisions, account, steady=steady, all_at_once=at_once, others=others))

    decisions = planned(listing)
    if unclear := {each.entry.number for each in decisions if isinstance(each, Examine)}:
        listing = await _examined(drop, listing, unclear, account)
        decisions = tuple(_given_up(each) for each in planned(listing))
    return listing, decisions


async def _named(drop: Maildrop, listing: tuple[Entry, ...], account: Account) -> tuple[Entry, ...]:
    nameless = {each.number for each in listing if each.nameless}
    if not nameless:
        return listing
    examined = [each for each in await _examined(drop, listing, nameless, account) if each.head is not None]
    if not examined:
        hint = "nobody can tell which messages were fetched before"
        raise Trouble("protocol", "the server offers neither UIDL nor TOP", hint=hint, temporary=False)
    return named(examined)


async def _examined(
    drop: Maildrop, listing: tuple[Entry, ...], unclear: set[int], account: Account
) -> tuple[Entry, ...]:
    """The listing with the header hash and arrival time of the unclear entries, by TOP (RFC 1939 §7)."""
    known: dict[int, Entry] = {}
    async for entry, head in drop.heads(each for each in listing if each.number in unclear):
        found = fields(head)
        received = arrival(found, settled(found, account).trust_hops)
        known[entry.number] = replace(entry, head=head_hash(head), received=received)
    return tuple(known.get(each.number, each) for each in listing)


def _given_up(decision: Decision) -> Decision:
    """A server that gives no header leaves the question open; the message stays where it is."""
    return (
        Leave(decision.entry, f"the server does not show its header ({decision.why})")
        if isinstance(decision, Examine)
        else decision
    )


def _steady(account: Account, box: str, office: Office) -> bool:
    """Whether ages can be told by the clock; where nothing depends on it, nobody asks."""
    return not office.moment or not account.keep or agrees(office.ledger, box, office.moment(office.clock()))
