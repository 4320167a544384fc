"""A retrieval ends where nobody has to take more, whatever the server said of the size."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from fetchrun.listing import Entry
from fetchrun.pop3 import command
from fetchrun.pop3.event import Chunk, Reply
from fetchrun.server.dialog import Dialog, Pace
from fetchrun.server.retrieval import MAX_UNLISTED, Retrieval
from fetchrun.server.stream import Stream
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


class Parts:
    """A stream from which one part after the other comes."""

    where = "pop.ex.com:110"

    def __init__(self, *parts: bytes) -> None:
        self.parts = list(parts)

    async def read(self, patience: float) -> bytes:
        return self.parts.pop(0)

    def write(self, data: bytes) -> None:
        """Nobody answers; what comes is known beforehand."""


@pytest.mark.parametrize(("parts", "slow"), [((b"y\r\n.\r\n",), False), ((b"y", b"\r\n.\r\n"), True)])
def test_the_part_with_the_end_is_never_too_slow(
    parts: tuple[bytes, ...], slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that is complete is measured no more."""
    monkeypatch.setattr(Pace, "OVER", 0.0)
    monkeypatch.setattr(Pace, "LEAST", 1 << 40)

    async def got() -> bytes:
        dialog = Dialog(cast(Stream, Parts(b"+OK\r\n", b"+OK\r\n", b"+OK\r\n", b"+OK\r\nx\r\n", *parts)), 1.0)
        await dialog.greeting()
        for each in (command.user("u"), command.password("p")):
            await dialog.ask(each)
        reply = await dialog.ask(command.retr(1))
        return b"".join([each async for each in Retrieval(Entry(1, b"a", 6), reply, dialog)])

    if slow:
        with pytest.raises(Trouble, match="sends less than"):
            asyncio.run(got())
    else:
        assert asyncio.run(got()) == b"x\r\ny\r\n"
