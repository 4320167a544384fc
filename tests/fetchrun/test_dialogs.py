"""Every file in tests/dialogs is a session, played against the maildrop.

`C:` is what the client has to say, `S:` what the server says, `R:` the same with escapes and no line end, `CUT` hangs
up. Above them stand the account's settings, `message N:` for what has to come of a retrieval, and the `outcome`: what
was deleted, or the step and the sentence of the trouble. The client may say nothing that is not in the file.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from accounts import Mode, account
from fetchrun.server.credentials import Secret
from fetchrun.server.maildrop import opened
from fetchrun.trouble import Trouble
from sortlang.rules import Account
from wire import Line, scripted

DIALOGS = sorted((Path(__file__).parent.parent / "dialogs").glob("*.txt"))


@dataclass
class Dialogue:
    script: list[Line] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    messages: dict[int, bytes] = field(default_factory=dict)


@pytest.mark.parametrize("drip", [False, True], ids=["whole", "drip"])
@pytest.mark.parametrize("path", DIALOGS, ids=lambda path: path.stem)
def test_dialog(path: Path, drip: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "fixed")
    expected = _read(path)
    if drip and expected.settings.get("pace") == "whole":
        pytest.skip("what comes together has to come together here")
    outcome, messages, oddities, port = asyncio.run(_played(expected, drip=drip))
    wanted = expected.settings["outcome"].replace("SERVER", f"localhost:{port}")
    assert outcome == wanted
    assert messages == expected.messages
    assert oddities == int(expected.settings.get("oddities", oddities))
    assert expected.settings.get("password", "secret") not in outcome


async def _played(dialogue: Dialogue, *, drip: bool) -> tuple[str, dict[int, bytes], int, int]:
    messages: dict[int, bytes] = {}
    async with scripted(dialogue.script, drip=drip) as port:
        try:
            outcome, oddities = await _session(_account(port, dialogue), _secret(dialogue), messages)
        except Trouble as trouble:
            outcome, oddities = f"{trouble.step}: {trouble.sentence}", 0
    return outcome, messages, oddities, port


async def _session(account: Account, secret: Secret, messages: dict[int, bytes]) -> tuple[str, int]:
    async with opened(account, secret) as drop:
        entries = await drop.listing()
        got = []
        async for retrieval in drop.retrieve(entries):
            data = b"".join([chunk async for chunk in retrieval])
            messages[retrieval.entry.number] = f"refused {retrieval.refused}".encode() if retrieval.refused else data
            got += [] if retrieval.refused else [retrieval.entry]
        deleted = await drop.delete(got)
        words = ["deleted", *(str(entry.number) for entry in deleted)]
        return " ".join(words) if await drop.quit() else "not ended", drop.oddities


def _account(port: int, dialogue: Dialogue) -> Account:
    mode: Mode = "starttls" if dialogue.settings.get("tls") == "starttls" else "off"
    return account(port, tls=mode, auth=dialogue.settings.get("auth", "auto"))


def _secret(dialogue: Dialogue) -> Secret:
    return Secret(dialogue.settings.get("password", "secret"))


def _read(path: Path) -> Dialogue:
    found = Dialogue()
    for line in path.read_text().splitlines():
        word, _, text = line.partition(":")
        text = text.removeprefix(" ")
        match word.split(" "):
            case ["C"]:
                found.script.append(Line("client", text.encode() + b"\r\n"))
            case ["S"]:
                found.script.append(Line("server", text.encode() + b"\r\n"))
            case ["R"]:
                found.script.append(Line("server", _unescaped(text)))
            case ["CUT"]:
                found.script.append(Line("cut"))
            case ["message", number]:
                found.messages[int(number)] = _unescaped(text)
            case _ if not line.startswith("#"):
                found.settings[word] = text
    return found


def _unescaped(text: str) -> bytes:
    return text.encode().decode("unicode_escape").encode("latin-1")
