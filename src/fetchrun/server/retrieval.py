"""A retrieval: one message on its way from the server."""

from collections.abc import AsyncIterator

from fetchrun.listing import Entry
from fetchrun.pop3.event import Reply
from fetchrun.printable import printable
from fetchrun.server.dialog import Dialog
from fetchrun.trouble import Oversized

MAX_UNLISTED = 1 << 30
"""Octets of a message of which the server said nothing."""


class Retrieval:
    """The message part by part, or iterate over it: dot-unstuffed, line ends as the server sent them.

    `refused`: the server's words if it does not give the message; then it is empty. `size`: octets so far. `complete`:
    whether the end has come. What is not read before the next retrieval is thrown away. Raises Oversized behind `most`
    octets, or twice as many as the server said, if that is more: it may count line ends once.
    """

    def __init__(self, entry: Entry, reply: Reply, dialog: Dialog, most: int = MAX_UNLISTED) -> None:
        self.entry = entry
        self.refused = None if reply.ok else _reason(reply)
        self.size = 0
        self.complete = not reply.ok
        self._dialog = dialog
        self._most = max(most, 2 * entry.size)

    async def part(self) -> bytes:
        """The next part, all that has come; it breaks anywhere. Empty at most when the message is complete."""
        if self.complete:
            return b""
        chunk = await self._dialog.chunk()
        self.size += len(chunk.data)
        if self.size > self._most:
            raise self._dialog.broken_off(self._oversized())
        self.complete = chunk.last
        return chunk.data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.complete:
            yield await self.part()

    async def finish(self) -> None:
        """Throws away what has not been read."""
        while not self.complete:
            await self.part()

    def _oversized(self) -> Oversized:
        entry, where = self.entry, self._dialog.stream.where
        sentence = f"{where} sends more than {self._most} bytes of message {entry.number}, and said {entry.size}"
        return Oversized("protocol", sentence, settings=("skip", "server"))


def _reason(reply: Reply) -> str:
    words = printable(reply.text)
    return f"its header has UTF-8, and the server does not offer UTF8: {words}" if reply.code == "UTF8" else words
