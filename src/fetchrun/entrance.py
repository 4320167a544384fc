"""The entrance: an account's maildrop, with its password or a token."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fetchrun.server import credentials
from fetchrun.server.credentials import Secret
from fetchrun.server.maildrop import Maildrop, opened
from fetchrun.server.oauth import WALLET
from fetchrun.trouble import Denied
from sortlang.rules import Account


@asynccontextmanager
async def entered(account: Account) -> AsyncIterator[Maildrop]:
    """As `opened`, whom it tells the secret; a token that the server does not take is replaced once. Raises Trouble."""
    secret = await asyncio.to_thread(_secret, account)
    async with AsyncExitStack() as stack:
        try:
            drop = await stack.enter_async_context(opened(account, secret))
        except Denied:
            if account.oauth is None:
                raise
            secret = await asyncio.to_thread(WALLET.token, account.oauth, fresh=True)
            drop = await stack.enter_async_context(opened(account, secret))
        yield drop


def _secret(account: Account) -> Secret:
    if account.oauth is not None:
        return WALLET.token(account.oauth)
    return credentials.secret(account.password, user=account.user)
