"""Sample: the headers of the newest messages, and nothing else."""

from collections import deque

from fetchrun.entrance import entered
from sortlang.rules import Account


async def sampled(account: Account, most: int) -> tuple[int, tuple[bytes, ...]]:
    """(how many messages lie there, the headers of the newest `most`, by TOP); changes nothing. Raises Trouble."""
    async with entered(account) as drop:
        listing = await drop.listing()
        newest = deque(listing, maxlen=most)
        # No QUIT: there are servers for which even a header counts as retrieved.
        return len(listing), tuple([head async for _, head in drop.heads(newest)])
