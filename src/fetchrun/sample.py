"""Sample: the headers of the newest messages, and nothing else."""

import asyncio
from collections import deque

from fetchrun.server import credentials
from fetchrun.server.maildrop import opened
from sortlang.rules import Account


async def sampled(account: Account, most: int) -> tuple[int, tuple[bytes, ...]]:
    """(how many messages lie there, the headers of the newest `most`, by TOP); changes nothing. Raises Trouble."""
    secret = await asyncio.to_thread(credentials.secret, account.password, user=account.user)
    async with opened(account, secret) as drop:
        listing = await drop.listing()
        newest = deque(listing, maxlen=most)
        # No QUIT: there are servers for which even a header counts as retrieved.
        return len(listing), tuple([head async for _, head in drop.heads(newest)])
