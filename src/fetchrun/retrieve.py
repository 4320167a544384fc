"""Retrieve: one message from the server into `tmp/`."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from fetchrun.delivery.consign import Consignment
from fetchrun.delivery.deliver import begin
from fetchrun.delivery.identity import Identity, remembered
from fetchrun.delivery.letter import Client, Letter
from fetchrun.delivery.provenance import client, sender, without_forged
from fetchrun.delivery.staging import Staging
from fetchrun.office import Office
from fetchrun.plan import Retrieve
from fetchrun.precedents import Precedents
from fetchrun.server.retrieval import Retrieval
from fetchrun.summary import Tally
from sortlang.frozen import frozen
from sortlang.mail.message import HEAD_LIMIT, Field, arrival, fields, head_end, head_hash
from sortlang.mail.sources import settled
from sortlang.rules import Account

About = tuple[bytes | None, float | None, str, Client | None]
"""What a header says of its message: its hash, when it arrived, who sent and who brought it; see Letter."""

SPOOL = "spool"
"""Where mail waits, without a name, that goes to no Maildir."""


@frozen
class Desk:
    """What the messages of one session share: the maildrop's identity, and what was found for mail before."""

    box: str
    tally: Tally
    office: Office
    precedents: Precedents

    def letter(self, decision: Retrieve, about: About = (None, None, "", None)) -> Letter:
        """The message that is decided about."""
        entry, (head_hash, received, sender, client) = decision.entry, about
        named = (self.box, entry.uid, decision.generation, entry.size)
        return Letter(*named, head_hash, received, self.office.program.digest, sender, client)

    def resting(self, end: str) -> str:
        """Why mail is not to go to that end now; empty: it may."""
        return self.office.dispatch.resting(end, self.office.clock())


async def staged(retrieval: Retrieval, decision: Retrieve, desk: Desk) -> Staging | None:
    """The message, come whole; None if the server refuses it or a rule leaves it there. Raises Trouble."""
    tally, office = desk.tally, desk.office
    if retrieval.refused is not None:
        tally.left[f"the server refused it: {retrieval.refused}"] += 1
        return await asyncio.to_thread(office.ledger.refuse, desk.letter(decision), office.clock())
    head = await _head(retrieval)
    office.progress.advance(tally.account.name, 1, len(head))
    named = fields(head)
    consignment, guessed = desk.precedents.consigned(named)
    letter = desk.letter(decision, _about(head, named, tally.account, consignment))
    if not consignment.copies:
        tally.left["a rule says keep"] += 1
        tally.owed = True
        tally.waits_no_more((retrieval.entry,))
        return await asyncio.to_thread(office.ledger.keep, letter, office.clock())
    staging = begin(
        *(letter, consignment.copies, decision.first_seen, consignment.kept, consignment.fallback),
        spool=_spool(office.state),
        resting=desk.resting,
    )
    head = without_forged(head, named) if tally.account.stamp else head
    return await _streamed(head, retrieval, staging, guessed, desk)


@lru_cache(maxsize=8)
def _spool(state: Path) -> Path:
    return state / SPOOL


def _about(head: bytes, named: Sequence[Field], account: Account, consignment: Consignment) -> About:
    """What the header says of the message; who sent it is for those that it is handed on to."""
    hops = settled(named, account).trust_hops
    known = head_hash(head), arrival(named, hops)
    if all(each.place.maildir for each in consignment.copies):
        return *known, "", None
    return *known, sender(named, hops), client(named, hops)


async def _head(retrieval: Retrieval) -> bytes:
    """The message up to the end of its header at least, or to the bound of what a header may be."""
    head, seen = bytearray(await retrieval.part()), 0
    while head_end(head, seen) < 0 and len(head) <= HEAD_LIMIT and not retrieval.complete:
        seen = len(head)
        head += await retrieval.part()
    return bytes(head)


async def _streamed(head: bytes, retrieval: Retrieval, staging: Staging, guessed: bool, desk: Desk) -> Staging:
    """The rest of the message. Its identity costs a hash of all of it: only where a second copy is to be dropped."""
    account, progress = desk.tally.account, desk.office.progress
    window = remembered(account, guessed)
    identity = Identity() if window else None
    try:
        _take(head, staging, identity)
        while not retrieval.complete:
            part = await retrieval.part()
            _take(part, staging, identity)
            progress.advance(account.name, 0, len(part))
        staging.identify(identity.digest() if identity else None, window)
        return staging
    except BaseException:
        staging.abandon()
        raise


def _take(part: bytes, staging: Staging, identity: Identity | None) -> None:
    staging.write(part)
    if identity:
        identity.update(part)
