"""A maildrop: the server's side of an account, from login to QUIT."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from fetchrun.listing import Entry, Lists
from fetchrun.pop3 import answer, command
from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.command import Command
from fetchrun.pop3.event import Reply
from fetchrun.server.credentials import Secret
from fetchrun.server.dialog import Dialog
from fetchrun.server.login import logged_in
from fetchrun.server.refusal import refused, said
from fetchrun.server.retrieval import MAX_UNLISTED, Retrieval
from fetchrun.server.stream import connected
from fetchrun.server.window import HEADERS, ONE, Window
from fetchrun.trouble import Trouble
from sortlang.rules import Account

LOGIN_SECONDS = 60.0
MAX_HEAD = 256 * 1024
ONCE = 256
"""DELEs in one write."""

SLACK = 1_000
"""Lines that a list may have beyond what STAT said: mail arrives while we ask."""


class Maildrop:
    """An open session (RFC 1939 §5, TRANSACTION). Raises Trouble when the server fails us; the session is over then.

    `capabilities`: what the server says it can do. `oddities`: how many lines of its lists could not be used.
    `deleted`: the entries it has marked as deleted; they go when `quit` succeeds, and only then. `unasked`: how many
    it did not come to in the time that a session has. `most`: see Retrieval.
    """

    def __init__(self, dialog: Dialog, capabilities: Capabilities, most: int = MAX_UNLISTED) -> None:
        self.capabilities = capabilities
        self.oddities = self.unasked = 0
        self.deleted: list[Entry] = []
        self.ended = False
        self._dialog = dialog
        self._most = most
        self._count: int | None = None
        self._waiting: deque[Entry] = deque()
        self._asked: deque[Entry] = deque()
        self._asked_octets = 0
        self._running: Retrieval | None = None
        self._to_delete: deque[Entry] = deque()
        self._deleting: deque[Entry] = deque()

    async def stat(self) -> tuple[int, int]:
        """(messages, octets) in the maildrop."""
        reply = await self._dialog.ask(command.stat())
        if not reply.ok:
            raise refused(reply)
        size = answer.drop_size(reply.text)
        if size is None:
            raise Trouble("protocol", f"the server's answer to STAT cannot be read: {said(reply.text)}")
        self._count = size[0]
        return size

    async def listing(self) -> tuple[Entry, ...]:
        """What lies in the maildrop, by number: the messages that both UIDL and LIST name.

        Without UIDL those that LIST names, with an empty uid each, `nameless`.
        """
        return (await self.lists()).entries()

    async def lists(self) -> Lists:
        """The same before anything is made of it: there may be 100,000 of them."""
        count = self._count if self._count is not None else (await self.stat())[0]
        if count == 0:
            return Lists({}, {})
        uid_lines, size_lines = await self._lists(command.uidl(count + SLACK), command.listing(count + SLACK))
        sizes, odd_sizes = answer.sizes(size_lines)
        if uid_lines is None:
            self.oddities += odd_sizes
            return Lists(None, sizes)
        del size_lines  # of a large maildrop all of it together is too much
        uids, odd_uids = answer.uids(uid_lines)
        del uid_lines
        lone = uids.keys() ^ sizes.keys() if uids.keys() != sizes.keys() else ()
        self.oddities += odd_uids + odd_sizes + len(lone)
        for number in lone:
            uids.pop(number, None)
            sizes.pop(number, None)
        return Lists(uids, sizes)

    async def heads(self, entries: Iterable[Entry]) -> AsyncIterator[tuple[Entry, bytes]]:
        """The header of each entry that the server gives one for, in order; at most 256 KiB of each."""
        async for retrieval in self._retrievals(entries, command.top, HEADERS):
            if retrieval.refused is None:
                yield retrieval.entry, await _head(retrieval)

    def retrieve(self, entries: Iterable[Entry]) -> AsyncIterator[Retrieval]:
        """Each entry in order, as a Retrieval to iterate over before the next is taken; requests run ahead.

        `mark` may be called meanwhile; to stop before the end means that `quit` will not delete anything.
        """
        return self._retrievals(entries, command.retr, Window())

    def suffice(self) -> None:
        """Asks for nothing more in the `retrieve` under way; what was asked for still comes."""
        self._waiting.clear()

    def mark(self, entries: Iterable[Entry]) -> None:
        """Has the entries deleted when it suits the retrievals under way; `delete` or `quit` sees to the rest."""
        self._to_delete.extend(entries)

    async def delete(self, entries: Iterable[Entry] = ()) -> tuple[Entry, ...]:
        """Marks these entries, and those that wait for it, as deleted; gives those that the server accepted.

        Not to be called while a `retrieve` is under way.
        """
        assert not self._is_retrieving, "a retrieval is under way"
        before = len(self.deleted)
        self._to_delete.extend(entries)
        await self._delete_waiting()
        while self._deleting:
            self._note(await self._dialog.reply())
        return tuple(self.deleted[before:])

    async def quit(self) -> bool:
        """Ends the session, so that the server deletes; whether it says that it did.

        After anything but a clean dialogue there is no QUIT: some servers delete what was retrieved, marked or not.
        """
        if self._is_retrieving or self._dialog.failed:
            return False
        try:
            await self.delete()
            reply = await self._dialog.ask(command.quit_())
        except Trouble:
            return False
        self.ended = True
        return reply.ok

    @property
    def awaited(self) -> Entry | None:
        """The message that the server is giving, or has to give next, if a `retrieve` is under way."""
        if self._running is not None and not self._running.complete:
            return self._running.entry
        return self._asked[0] if self._asked else None

    @property
    def _is_retrieving(self) -> bool:
        return bool(self._asked) or (self._running is not None and not self._running.complete)

    async def _lists(self, uidl: Command, listing: Command) -> tuple[tuple[bytes, ...] | None, tuple[bytes, ...]]:
        """The lines of both; UIDL that CAPA does not name is tried all the same: some servers name it only later."""
        if "UIDL" in self.capabilities and self.capabilities.pipelining:
            uids, sizes = await self._dialog.lists(uidl, listing)
            return uids, sizes
        try:
            named = (await self._dialog.lists(uidl))[0]
        except Trouble:
            if self._dialog.failed or "UIDL" in self.capabilities:
                raise
            named = None
        return named, (await self._dialog.lists(listing))[0]

    async def _retrievals(
        self, entries: Iterable[Entry], asking: Callable[[int], Command], window: Window
    ) -> AsyncIterator[Retrieval]:
        assert not self._is_retrieving, "a retrieval is under way"
        self._waiting, window = deque(entries), window if self.capabilities.pipelining else ONE
        while self._waiting or self._asked:
            if self._to_delete:
                await self._delete_waiting()
            if self._waiting:
                self._ask_more(self._waiting, asking, window)
            reply, entry = await self._next_reply(), self._asked.popleft()
            self._asked_octets -= entry.size
            self._running = Retrieval(entry, reply, self._dialog, self._most)
            yield self._running
            if not self._running.complete:
                await self._running.finish()
            if self._dialog.overdue:
                self.unasked += len(self._waiting)
                self.suffice()

    def _ask_more(self, waiting: deque[Entry], asking: Callable[[int], Command], window: Window) -> None:
        more = [waiting.popleft() for _ in range(window.room(len(self._asked), self._asked_octets, waiting))]
        if more:
            self._asked.extend(more)
            self._asked_octets += sum(each.size for each in more)
            self._dialog.send(*(asking(entry.number) for entry in more))

    async def _delete_waiting(self) -> None:
        """All at once where the server takes that, else one by one; their answers come in turn."""
        while self._to_delete:
            share = len(self._to_delete) if self.capabilities.pipelining else 1
            some = [self._to_delete.popleft() for _ in range(min(share, ONCE))]
            self._deleting.extend(some)
            self._dialog.send(*(command.dele(entry.number) for entry in some))
            if not self.capabilities.pipelining:
                self._note(await self._dialog.reply())
            if self._dialog.overdue:
                self._to_delete.clear()  # the next session sees to them

    async def _next_reply(self) -> Reply:
        """The next answer that is not one to a deletion."""
        while (reply := await self._dialog.reply()).command.verb == "DELE":
            self._note(reply)
        return reply

    def _note(self, reply: Reply) -> None:
        entry = self._deleting.popleft()
        if reply.ok:
            self.deleted.append(entry)


@asynccontextmanager
async def opened(account: Account, secret: Secret) -> AsyncIterator[Maildrop]:
    """The account's maildrop, logged in. Left without `quit`, the connection is cut: nothing is deleted.

    Raises Trouble with the steps `connect`, `tls`, `login`, `protocol`.
    """
    stream = await connected(account.server, account.port, account.timeout)
    dialog = Dialog(stream, account.timeout)
    drop: Maildrop | None = None
    try:
        drop = Maildrop(dialog, await _in_time(account, secret, dialog), account.skip_over or MAX_UNLISTED)
        yield drop
    finally:
        await (stream.close() if drop and drop.ended else stream.abort())


async def _in_time(account: Account, secret: Secret, dialog: Dialog) -> Capabilities:
    patience = max(LOGIN_SECONDS, account.timeout)
    try:
        async with asyncio.timeout(patience):
            return await logged_in(dialog, account, secret)
    except TimeoutError:
        sentence = f"{dialog.stream.where} did not let us in within {patience:g} seconds"
        raise Trouble(dialog.step, sentence) from None


async def _head(retrieval: Retrieval) -> bytes:
    head = bytearray()
    async for chunk in retrieval:
        head += chunk[: MAX_HEAD - len(head)]
    return bytes(head)
