"""Once: every account one session, a few at a time."""

import asyncio
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from fetchrun.conclude import in_force
from fetchrun.delivery.holdings import any_of_ours
from fetchrun.delivery.identity import longest
from fetchrun.delivery.recover import recover
from fetchrun.delivery.target import ending
from fetchrun.delivery.trash import expire
from fetchrun.memory.epoch import advance
from fetchrun.memory.schema import REBUILD
from fetchrun.office import Office
from fetchrun.session import session
from fetchrun.summary import Summary
from fetchrun.trouble import Trouble
from sortlang.rules import Account

AT_A_TIME = 8
THREADS = 4 * AT_A_TIME
"""So many that no session waits for a thread because the receivers of others hang."""


async def once(office: Office, only: Collection[str] = ()) -> tuple[Summary, ...]:
    """A session for each account that is not disabled (`only` those named, if any), after the work that a crash left.

    One account's trouble is in its Summary and never another's. Raises Trouble only for the state folder itself.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    await asyncio.to_thread(tidied, office)
    places = asyncio.Semaphore(AT_A_TIME)

    async def fetched(account: Account) -> Summary:
        async with places:
            return await session(account, office)

    chosen = [each for each in office.program.accounts if not each.disabled and (not only or each.name in only)]
    return tuple(await asyncio.gather(*(fetched(each) for each in chosen)))


def tidied(office: Office) -> None:
    """Ends what was promised before a crash, forgets what is too old. No session may run. Raises Trouble."""
    now = office.clock()
    _refuse_oblivion(office)
    advance(office.ledger.database, now)
    recovered = recover(office.ledger, now)
    for sentence in recovered.waiting:
        office.progress.tell("recovery", sentence)
    cleaned(office)
    in_force(office)


def _refuse_oblivion(office: Office) -> None:
    """A ledger that knows nothing beside Maildirs with mail of ours: the one that knew is lost, and all would come
    again.
    """
    database = office.ledger.database
    if database.path is None or database.read("SELECT 1 FROM accounts LIMIT 1"):
        return
    try:
        maildir = any_of_ours(office.program, office.state)
    except OSError as error:
        raise ending(error, office.state, "look into") from error
    if maildir:
        sentence = f"the ledger {database.path} knows nothing, but {maildir} holds mail that was fetched before"
        raise Trouble("disk", sentence, settings=(), hint=REBUILD, temporary=False)


def cleaned(office: Office) -> None:
    """Empties the trash and the memory of what is too old. Raises Trouble."""
    now = office.clock()
    expire(office.ledger, office.program.rules.trash, now)
    office.ledger.forget(now, longest(office.program.accounts))
