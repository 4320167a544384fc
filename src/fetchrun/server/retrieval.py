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
    """Iterate over it for the message, dot-unstuffed, line ends as the server sent them; chunks break anywhere.

    `refused`: the server's words if it does not give the message; then there is nothing to iterate over. `size`: octets
    so far. `complete`: whether the end has come. What is not read before the next retrieval is thrown away. Raises
    Oversized behind `most` octets, or twice as many as the server said, if that is more: it may count line ends once.
    """

    def __init__(self, entry: Entry, reply: Reply, dialog: Dialog, most: int = MAX_UNLISTED) -> None:
        self.entry = entry
        self.refused = None if reply.ok else _reason(reply)
        self.size = 0
        self.complete = not reply.ok
        self._dialog = dialog
        self._most = max(most, 2 * entry.size)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.complete:
            chunk = await self._dialog.chunk()
            if chunk is None:
                self.complete = True
                return
            self.size += len(chunk)
            if self.size > self._most:
                raise self._dialog.broken_off(self._oversized())
            yield chunk

    async def finish(self) -> None:
        """Throws away what has not been read."""
        if not self.complete:
            async for _ in self:
                pass

    def _oversized(self) -> Oversized:
        entry, where = self.entry, self._dialog.stream.where
        sentence = f"{where} sends more than {self._most} bytes of message {entry.number}, and said {entry.size}"
        return Oversized("protocol", sentence, settings=("skip", "server"))


def _reason(reply: Reply) -> str:
    words = printable(reply.text)
    return f"its header has UTF-8, and the server does not offer UTF8: {words}" if reply.code == "UTF8" else words
