"""One session, from the password to QUIT, in one screen."""

import asyncio
import errno
from collections.abc import Iterable
from math import inf

from fetchrun.conclude import concluded
from fetchrun.decide import decided
from fetchrun.delivery.deliver import abandon, settle
from fetchrun.delivery.folder import let_go
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.outcome import Deferred
from fetchrun.delivery.recover import resume
from fetchrun.delivery.staging import Parcel
from fetchrun.entrance import entered
from fetchrun.listing import Entry
from fetchrun.memory.calm import Calm, calm, note_calm
from fetchrun.office import Office
from fetchrun.plan import Decision, Leave, Remove, Retrieve, in_turn
from fetchrun.retention import unremoved, warned
from fetchrun.retrieve import Desk, staged
from fetchrun.server.maildrop import Maildrop
from fetchrun.summary import Summary, Tally
from fetchrun.trouble import Oversized, Trouble
from sortlang.rules import Account

BATCH_MESSAGES, BATCH_OCTETS = 64, 64 << 20
"""So much is flushed and recorded together; whatever dies, no more than that is retrieved again."""

UNCHANGED = "nothing has changed since the last listing"


async def session(account: Account, office: Office) -> Summary:
    """Retrieves, delivers and removes what the plan says. What the world does to it is in the summary, never raised."""
    tally = Tally(account)
    try:
        async with entered(account) as drop:
            await _worked(drop, office, tally)
    except Trouble as trouble:
        tally.trouble = trouble
    except OSError as error:
        if error.errno != errno.EBADMSG:
            raise
        # The table was found damaged while it was asked: nobody knows where the mail goes, so it stays.
        tally.trouble = Trouble("disk", f"the rules cannot be read: {error.strerror}", hint="build the table again")
    summary = tally.summary()
    await asyncio.to_thread(concluded, summary, office)
    let_go()
    office.progress.end(account.name, str(summary))
    return summary


async def _worked(drop: Maildrop, office: Office, tally: Tally) -> None:
    account, ledger = tally.account, office.ledger
    tally.login_delay, tally.notices = drop.capabilities.login_delay, warned(account, drop.capabilities)
    box = await asyncio.to_thread(ledger.account, account.server, account.user, account.name)
    await asyncio.to_thread(resume, ledger, office.dispatch, office.clock())
    size, now, digest = await drop.stat(), office.clock(), office.program.digest
    if await asyncio.to_thread(calm, ledger, box, size, digest, now):
        tally.listed, tally.left = size[0], [UNCHANGED] * size[0]
        await drop.quit()
        return
    decisions = await decided(drop, box, account, office)
    tally.listed, tally.left = len(decisions), [each.why for each in decisions if isinstance(each, Leave)]
    tally.notices += unremoved(decisions)
    tally.waiting = _waiting(decisions)
    due = {each.entry: each.generation for each in decisions if isinstance(each, Remove)}
    due |= await _retrieved(drop, box, in_turn(decisions), office, tally)
    await drop.delete(due)
    left = await _left(drop, box, due, office, tally)
    if left and not drop.oddities and len(decisions) == size[0] and (until := _calm_until(decisions)) > now:
        await asyncio.to_thread(note_calm, ledger, box, Calm(*size, digest, now, until))


def _calm_until(decisions: Iterable[Decision]) -> float:
    """When the first of them may be another, Unix seconds; 0 if there was anything to do."""
    return min((each.until if isinstance(each, Leave) and not each.adopt else 0.0 for each in decisions), default=inf)


def _waiting(decisions: Iterable[Decision]) -> dict[Entry, float]:
    """What is ours to get, and since when we know of it."""
    wanted = {each.entry: each.first_seen for each in decisions if isinstance(each, Retrieve)}
    left = {each.entry: each.since for each in decisions if isinstance(each, Leave) and each.since is not None}
    return wanted | left


async def _retrieved(
    drop: Maildrop, box: str, wanted: list[Retrieve], office: Office, tally: Tally
) -> dict[Entry, int]:
    """Delivers batch by batch while more is coming; returns what may be removed now, with its generation."""
    if not wanted or office.ending():
        return {}
    office.progress.begin(tally.account.name, len(wanted), sum(each.entry.size for each in wanted))
    decisions, batch, due = {each.entry: each for each in wanted}, dict[Entry, Parcel](), dict[Entry, int]()
    desk = Desk(box, tally, office)
    try:
        async for retrieval in drop.retrieve(decisions):
            parcel = await staged(retrieval, decisions[retrieval.entry], desk)
            if parcel:
                batch[retrieval.entry] = parcel
            if len(batch) >= BATCH_MESSAGES or sum(each.octets for each in batch.values()) >= BATCH_OCTETS:
                due |= await _settled(batch, office, tally)
            if office.ending():
                drop.suffice()
        return due | await _settled(batch, office, tally)
    except Trouble as trouble:
        # What came whole before the connection broke is not fetched twice.
        if trouble.step != "disk":
            await _settled(batch, office, tally)
            if drop.awaited:
                await asyncio.to_thread(_interrupted, decisions[drop.awaited], box, trouble, office)
        raise
    finally:
        abandon(batch.values())


def _interrupted(decision: Retrieve, box: str, trouble: Trouble, office: Office) -> None:
    """Whether or not the message is to blame, all others come before it at the next try."""
    entry, now = decision.entry, office.clock()
    letter = Letter(box, entry.uid, decision.generation, entry.size, digest=office.program.digest)
    if isinstance(trouble, Oversized):
        office.ledger.refuse(letter, now)
    else:
        office.ledger.interrupt(letter, trouble.sentence, now)


async def _settled(batch: dict[Entry, Parcel], office: Office, tally: Tally) -> dict[Entry, int]:
    """Group commit, off the event loop; returns the entries that are safely delivered and need not be kept."""
    entries, parcels = tuple(batch), tuple(batch.values())
    batch.clear()
    if not parcels:
        return {}
    outcomes = await asyncio.to_thread(settle, parcels, office.ledger, office.clock(), office.dispatch)
    tally.outcomes += outcomes
    tally.owed = tally.owed or any(isinstance(each, Deferred) for each in outcomes)
    pairs = tuple(zip(entries, parcels, outcomes, strict=True))
    tally.waits_no_more(entry for entry, _, outcome in pairs if not isinstance(outcome, Deferred))
    done = {entry: parcel for entry, parcel, outcome in pairs if not isinstance(outcome, Deferred) and not parcel.kept}
    return {} if tally.account.keep else {entry: parcel.letter.generation for entry, parcel in done.items()}


async def _left(drop: Maildrop, box: str, due: dict[Entry, int], office: Office, tally: Tally) -> bool:
    """QUIT, so that the server deletes (RFC 1939 §6); but never at one that then removes whatever was retrieved.

    Whether the server has said yes to it.
    """
    if (drop.capabilities.expires_at_once and tally.owed) or not await drop.quit():
        return False
    asked = [(each, due[each]) for each in drop.deleted]
    await asyncio.to_thread(office.ledger.asked, asked, box, office.clock())
    tally.removed = len(asked)
    return True
