"""A retrieval: one message on its way from the server."""

from collections.abc import AsyncIterator

from fetchrun.listing import Entry
from fetchrun.pop3.event import Reply
from fetchrun.printable import printable
from fetchrun.server.dialog import Dialog


class Retrieval:
    """Iterate over it for the message, dot-unstuffed, line ends as the server sent them; chunks break anywhere.

    `refused`: the server's words if it does not give the message; then there is nothing to iterate over. `size`: octets
    so far. `complete`: whether the end has come. What is not read before the next retrieval is thrown away.
    """

    def __init__(self, entry: Entry, reply: Reply, dialog: Dialog) -> None:
        self.entry = entry
        self.refused = None if reply.ok else _reason(reply)
        self.size = 0
        self.complete = not reply.ok
        self._dialog = dialog

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.complete:
            chunk = await self._dialog.chunk()
            if chunk is None:
                self.complete = True
                return
            self.size += len(chunk)
            yield chunk

    async def finish(self) -> None:
        """Throws away what has not been read."""
        async for _ in self:
            pass


def _reason(reply: Reply) -> str:
    words = printable(reply.text)
    return f"its header has UTF-8, and the server does not offer UTF8: {words}" if reply.code == "UTF8" else words
