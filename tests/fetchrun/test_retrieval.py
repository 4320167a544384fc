"""A retrieval ends where nobody has to take more, whatever the server said of the size."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from fetchrun.listing import Entry
from fetchrun.pop3 import command
from fetchrun.pop3.event import Chunk, Reply
from fetchrun.server.dialog import Dialog
from fetchrun.server.retrieval import MAX_UNLISTED, Retrieval
from fetchrun.trouble import Oversized, Trouble


class Endless:
    """A dialog in which the server never stops."""

    stream = SimpleNamespace(where="pop.ex.com:110")
    failed = False

    async def chunk(self) -> Chunk:
        return Chunk(b"x" * 100)

    def broken_off(self, trouble: Trouble) -> Trouble:
        self.failed = True
        return trouble


@pytest.mark.parametrize(("listed", "most", "ends"), [(0, 1000, 1100), (300, 1000, 1100), (900, 1000, 1900)])
def test_F07_it_breaks_off(listed: int, most: int, ends: int) -> None:
    dialog = Endless()
    retrieval = Retrieval(Entry(7, b"a", listed), Reply(command.retr(7), True, b""), cast(Dialog, dialog), most)
    with pytest.raises(
        Oversized, match=f"sends more than {max(most, 2 * listed)} bytes of message 7, and said {listed}"
    ):
        asyncio.run(retrieval.finish())
    assert dialog.failed
    assert retrieval.size == ends


def test_F07_a_gigabyte_that_the_server_did_not_speak_of_is_enough() -> None:
    assert MAX_UNLISTED == 1 << 30
