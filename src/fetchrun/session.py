"""One session, from the password to QUIT, in one screen."""

import asyncio
import errno
from collections import Counter
from collections.abc import Iterable
from math import inf

from fetchrun.batches import Batches
from fetchrun.conclude import Parting, concluded
from fetchrun.decide import decided
from fetchrun.delivery.folder import let_go
from fetchrun.delivery.letter import Letter, account_id
from fetchrun.delivery.recover import resume
from fetchrun.entrance import entered
from fetchrun.listing import Entry
from fetchrun.memory.calm import Calm, calm
from fetchrun.office import Office
from fetchrun.plan import FULL, Decision, Leave, Remove, Retrieve, in_turn
from fetchrun.precedents import Precedents
from fetchrun.retention import unremoved, warned
from fetchrun.retrieve import Desk, staged
from fetchrun.server.maildrop import Maildrop
from fetchrun.summary import Summary, Tally
from fetchrun.trouble import Oversized, Trouble
from sortlang.rules import Account

UNCHANGED = "nothing has changed since the last listing"


async def session(account: Account, office: Office) -> Summary:
    """Retrieves, delivers and removes what the plan says. What the world does to it is in the summary, never raised."""
    tally, parting = Tally(account), Parting()
    try:
        async with entered(account) as drop:
            parting = await _worked(drop, office, tally)
    except Trouble as trouble:
        tally.trouble = trouble
    except OSError as error:
        if error.errno != errno.EBADMSG:
            raise
        # The table was found damaged while it was asked: nobody knows where the mail goes, so it stays.
        tally.trouble = Trouble("disk", f"the rules cannot be read: {error.strerror}", hint="build the table again")
    summary = await asyncio.to_thread(concluded, tally.summary(), office, parting)
    let_go()
    office.progress.end(account.name, str(summary))
    return summary


async def _worked(drop: Maildrop, office: Office, tally: Tally) -> Parting:
    account, ledger = tally.account, office.ledger
    tally.login_delay, tally.notices = drop.capabilities.login_delay, warned(account, drop.capabilities)
    box = account_id(account.server, account.user)
    await asyncio.to_thread(resume, ledger, office.dispatch, office.clock())
    size, now, digest = await drop.stat(), office.clock(), office.program.digest
    if await asyncio.to_thread(calm, ledger, box, size, digest, now):
        tally.listed, tally.left = size[0], Counter({UNCHANGED: size[0]})
        await drop.quit()
        return Parting()
    decisions, quiet = await decided(drop, box, account, office)
    tally.listed = len(decisions) + quiet.count
    tally.left = Counter(quiet.left) + Counter(each.why for each in decisions if isinstance(each, Leave))
    tally.notices += unremoved(decisions)
    tally.waiting = _waiting(decisions)
    due = {each.entry: each.generation for each in decisions if isinstance(each, Remove)}
    due |= await _retrieved(drop, box, in_turn(decisions), office, tally)
    await drop.delete(due)
    if not await _left(drop, tally):
        return Parting()
    until = min(quiet.until, _calm_until(decisions))
    at_rest = not drop.oddities and tally.listed == size[0] and until > now
    asked = [(each, due[each]) for each in drop.deleted]
    return Parting(asked, Calm(*size, digest, now, until) if at_rest else None)


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
    decisions, batches = {each.entry: each for each in wanted}, Batches(office, tally)
    desk = Desk(box, tally, office, Precedents(tally.account, office))
    try:
        async for retrieval in drop.retrieve(decisions):
            staging = await staged(retrieval, decisions[retrieval.entry], desk)
            if staging:
                await batches.add(retrieval.entry, staging)
            if office.ending():
                drop.suffice()
        tally.left += Counter({FULL: drop.unasked})
        return await batches.settled()
    except Trouble as trouble:
        # What came whole before the connection broke is not fetched twice.
        if trouble.step != "disk":
            await batches.settled()
            if drop.awaited:
                await asyncio.to_thread(_interrupted, decisions[drop.awaited], box, trouble, office)
        raise
    finally:
        await batches.abandon()


def _interrupted(decision: Retrieve, box: str, trouble: Trouble, office: Office) -> None:
    """Whether or not the message is to blame, all others come before it at the next try."""
    entry, now = decision.entry, office.clock()
    letter = Letter(box, entry.uid, decision.generation, entry.size, digest=office.program.digest)
    if isinstance(trouble, Oversized):
        office.ledger.refuse(letter, now)
    else:
        office.ledger.interrupt(letter, trouble.sentence, now)


async def _left(drop: Maildrop, tally: Tally) -> bool:
    """QUIT, so that the server deletes (RFC 1939 §6); but never at one that then removes whatever was retrieved.

    Whether the server has said yes to it.
    """
    if (drop.capabilities.expires_at_once and tally.owed) or not await drop.quit():
        return False
    tally.removed = len(drop.deleted)
    return True
