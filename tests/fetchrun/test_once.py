"""Once: a few accounts at a time, and none of them waits for another's receiver."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.dispatch import Dispatch
from fetchrun.delivery.load import Load
from fetchrun.delivery.verdict import Verdict
from fetchrun.memory.ledger import Ledger
from fetchrun.office import Office
from fetchrun.once import AT_A_TIME, once
from fetchrun.progress import Silent
from fetchrun.summary import Summary
from in_memory import program
from postbox import Postbox, letter

RELEASED = threading.Event()


class Stuck:
    """A receiver that says yes only when the account without one is through."""

    def __init__(self, *_: object) -> None:
        pass

    def hand(self, load: Load, copies: Sequence[Copy]) -> Iterator[Verdict]:
        fate = "accepted" if RELEASED.wait(30) else "failed"
        yield from (Verdict(each, fate, "nobody else got on") for each in copies)  # type: ignore[arg-type]

    def close(self) -> None:
        pass


class Listening(Silent):
    def end(self, account: str, sentence: str) -> None:
        if account == "healthy":
            RELEASED.set()


def test_G4_receivers_that_hang_leave_a_place_for_who_needs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P", "secret")
    RELEASED.clear()
    summaries = asyncio.run(_run(tmp_path, ["healthy", *(f"stuck{n}" for n in range(AT_A_TIME - 1))]))
    assert [str(each) for each in summaries] == ["1 listed, 1 delivered, 1 removed from the server"] * AT_A_TIME


async def _run(folder: Path, names: list[str]) -> tuple[Summary, ...]:
    async with AsyncExitStack() as stack:
        text = 'transport "*@ex.org" -> lmtp "nowhere:24";\nsort "*@ex.org" -> "*@ex.org";\nsort * -> all@ex.com;\n'
        for number, name in enumerate(names):
            mail = letter(number).replace(b"anna@ex.com", b"anna@ex.com" if name == "healthy" else b"anna@ex.org")
            port = await stack.enter_async_context(Postbox([mail]).serving())
            reached = f'server "localhost" port {port}; tls off; user "{name}"; password env "P";'
            text = f'account "{name}" < {reached} >\n{text}'
        ledger = Ledger(folder)
        stack.callback(ledger.close)
        dispatch = Dispatch({"lmtp": Stuck})  # type: ignore[dict-item]
        return await once(Office(program(text), ledger, folder, lambda: 1e9, Listening(), dispatch))
