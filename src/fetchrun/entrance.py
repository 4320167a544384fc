"""The entrance: an account's maildrop, with its password or a token."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from fetchrun.server import credentials
from fetchrun.server.credentials import Secret
from fetchrun.server.maildrop import Maildrop, opened
from fetchrun.trouble import Denied, Trouble
from sortlang.rules import Account, OAuth

T = TypeVar("T")
SECONDS = 90.0
SETTINGS = ("oauth", "password")


@asynccontextmanager
async def entered(account: Account) -> AsyncIterator[Maildrop]:
    """As `opened`, whom it tells the secret; a token that the server does not take is replaced once. Raises Trouble."""
    secret = await _in_time(_secret, account)
    async with AsyncExitStack() as stack:
        try:
            drop = await stack.enter_async_context(opened(account, secret))
        except Denied:
            if account.oauth is None:
                raise
            secret = await _in_time(_replaced, account.oauth)
            drop = await stack.enter_async_context(opened(account, secret))
        yield drop


async def _in_time(ask: Callable[[T], Secret], whom: T) -> Secret:
    """In a thread; whoever drips its answer holds that thread, not the session."""
    try:
        async with asyncio.timeout(SECONDS):
            return await asyncio.to_thread(ask, whom)
    except TimeoutError:
        raise Trouble(
            "password", f"there was no password or token after {SECONDS:g} seconds", settings=SETTINGS
        ) from None


def _replaced(oauth: OAuth) -> Secret:
    return _token(oauth, fresh=True)


def _secret(account: Account) -> Secret:
    if account.oauth is not None:
        return _token(account.oauth)
    return credentials.secret(account.password, user=account.user)


def _token(oauth: OAuth, fresh: bool = False) -> Secret:
    from fetchrun.server.oauth import WALLET  # with it comes HTTP, which passwords do without

    return WALLET.token(oauth, fresh=fresh)
