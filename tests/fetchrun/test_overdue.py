"""A session that lasts too long ends, and the next one goes on where it was."""

import asyncio
from pathlib import Path

import pytest

from accounts import account
from fetchrun.daemon import result_of
from fetchrun.server import dialog
from fetchrun.server.credentials import Secret
from fetchrun.server.dialog import Pace
from fetchrun.server.maildrop import opened
from fetchrun.trouble import Trouble
from postbox import Desk, Postbox, letter
from wire import Line, scripted


def test_nothing_new_is_asked_for_and_what_came_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialog, "SESSION_SECONDS", -1.0)
    postbox, desk = Postbox([letter(n) for n in range(3)], offers=("UIDL", "TOP")), Desk(tmp_path, monkeypatch)
    for left in (2, 1, 0):
        summary = desk.polled(postbox)
        assert summary.trouble is None
        assert result_of(summary) == ("full" if left else "well"), "the next one begins at once while mail waits"
        assert len(postbox.messages) == left
        assert len(desk.bodies()) == 3 - left
    assert postbox.verbs().count("RETR") == postbox.verbs().count("DELE") == 1


@pytest.mark.parametrize("seconds", [-1.0, 100.0])
def test_answers_are_not_measured_each_by_itself_any_longer(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialog, "SESSION_SECONDS", seconds)
    monkeypatch.setattr(Pace, "OVER", 0.0)
    monkeypatch.setattr(Pace, "LEAST", 1 << 40)

    async def greeted() -> None:
        script = [Line("server", b"+OK\r\n"), Line("client", b"CAPA\r\n"), Line("cut")]
        async with scripted(script) as port, opened(account(port), Secret("secret")):
            pass

    with pytest.raises(Trouble, match="sends less than" if seconds < 0 else "cut the connection"):
        asyncio.run(greeted())
