"""Retrieve: one message from the server into `tmp/`."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

from fetchrun.delivery.consign import Consignment, consign, quarantined
from fetchrun.delivery.deliver import begin
from fetchrun.delivery.identity import Identity, remembered
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.provenance import client, rounds, sender, without_forged
from fetchrun.delivery.staging import Staging
from fetchrun.office import Office
from fetchrun.plan import Retrieve
from fetchrun.server.retrieval import Retrieval
from fetchrun.summary import Tally
from sortlang.mail.envelope import Envelope, recover
from sortlang.mail.message import HEAD_LIMIT, Field, arrival, fields, head_end, head_hash
from sortlang.mail.sources import settled
from sortlang.rules import Account

REMEMBERED = 1_000
"""Envelopes for which a session remembers what the rules say."""

SPOOL = "spool"
"""Where mail waits, without a name, that goes to no Maildir."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the messages of one session share: the maildrop's identity, and what the rules said of each envelope."""

    box: str
    tally: Tally
    office: Office
    consignments: dict[Envelope, Consignment] = field(default_factory=dict)


async def staged(retrieval: Retrieval, decision: Retrieve, desk: Desk) -> Staging | None:
    """The message, come whole; None if the server refuses it or a rule leaves it there. Raises Trouble."""
    tally, office = desk.tally, desk.office
    letter = Letter(
        desk.box, retrieval.entry.uid, decision.generation, retrieval.entry.size, digest=office.program.digest
    )
    if retrieval.refused is not None:
        tally.left[f"the server refused it: {retrieval.refused}"] += 1
        return await asyncio.to_thread(office.ledger.refuse, letter, office.clock())
    chunks = aiter(retrieval)
    head = await _head(chunks)
    named = fields(head)
    consignment, guessed = consigned(named, tally.account, office, desk.consignments)
    letter = _described(letter, head, named, tally.account, consignment)
    office.progress.advance(tally.account.name, 1, 0)
    if not consignment.copies:
        tally.left["a rule says keep"] += 1
        tally.owed = True
        tally.waits_no_more((retrieval.entry,))
        return await asyncio.to_thread(office.ledger.keep, letter, office.clock())
    staging = begin(
        *(letter, consignment.copies, decision.first_seen, consignment.kept, consignment.fallback),
        spool=office.state / SPOOL,
        resting=lambda end: office.dispatch.resting(end, office.clock()),
    )
    head = without_forged(head, named) if tally.account.stamp else head
    return await _streamed(head, chunks, staging, guessed, tally, office)


def consigned(
    named: Sequence[Field], account: Account, office: Office, before: dict[Envelope, Consignment]
) -> tuple[Consignment, bool]:
    """Where a message with this header goes, and whether its recipients are only guessed.

    `before`: what was found for messages of the same account by the same rules.
    """
    envelope = recover(named, account, office.program)
    about = (envelope, office.program, account, office.state)
    if reason := rounds(named, account.name, envelope.recipients):
        return quarantined(reason, *about), envelope.guessed
    if envelope not in before:
        if len(before) >= REMEMBERED:
            before.clear()
        before[envelope] = consign(*about)
    return before[envelope], envelope.guessed


def _described(
    letter: Letter, head: bytes, named: Sequence[Field], account: Account, consignment: Consignment
) -> Letter:
    """The letter with what its header says of it; who sent it is for those that it is handed on to."""
    hops = settled(named, account).trust_hops
    found = replace(letter, head_hash=head_hash(head), received=arrival(named, hops))
    if all(each.place.maildir for each in consignment.copies):
        return found
    return replace(found, sender=sender(named, hops), client=client(named, hops))


async def _head(chunks: AsyncIterator[bytes]) -> bytes:
    """The message up to the end of its header at least, or to the bound of what a header may be."""
    head, seen = bytearray(), 0
    async for chunk in chunks:
        head += chunk
        if head_end(head, seen) >= 0 or len(head) > HEAD_LIMIT:
            break
        seen = len(head)
    return bytes(head)


async def _streamed(
    head: bytes, chunks: AsyncIterator[bytes], staging: Staging, guessed: bool, tally: Tally, office: Office
) -> Staging:
    """The rest of the message. Its identity costs a hash of all of it: only where a second copy is to be dropped."""
    window = remembered(tally.account, guessed)
    identity = Identity() if window else None
    try:
        _take(head, staging, identity, tally, office)
        async for chunk in chunks:
            _take(chunk, staging, identity, tally, office)
        staging.identify(identity.digest() if identity else None, window)
        return staging
    except BaseException:
        staging.abandon()
        raise


def _take(chunk: bytes, staging: Staging, identity: Identity | None, tally: Tally, office: Office) -> None:
    staging.write(chunk)
    if identity:
        identity.update(chunk)
    office.progress.advance(tally.account.name, 0, len(chunk))
