"""A fault at every octet of a session, in both directions: nothing is lost, doubled or shown in part."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dovecot import Dovecot, running
from e2e.office import Office as Program
from fetchrun.memory.ledger import Ledger
from fetchrun.office import Office
from fetchrun.once import tidied
from fetchrun.progress import Silent
from fetchrun.session import session
from in_memory import program
from mailroom import in_memory
from reliability.hostile.fault import Kind, Proxy
from reliability.hostile.pop3 import Server
from reliability.hostile.run import OURS
from reliability.hostile.scenario import SEED, Mail, Scenario
from reliability.results import Result, record

KINDS: tuple[Kind, ...] = ("cut", "reset", "blackhole", "delay", "drip")
STRIDE = 29
"""In CI every so many octets; a prime, so that each kind meets others."""

TEXTS = [SEED.replace("{me}", "anna").replace("{n}", str(n)).encode() for n in (1, 2)]
RULES = 'account "a" < server "localhost" port {}; tls off; user "u"; password env "P"; >\nsort * -> anna@ex.com;\n'


@dataclass
class Found:
    lost: int = 0
    doubled: int = 0
    partial: int = 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "stride", [pytest.param(1, marks=pytest.mark.soak, id="each"), pytest.param(STRIDE, id="some")]
)
def test_a_fault_at_every_octet(stride: int, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("P", "secret")
    to_client, to_server = asyncio.run(_tried(Proxy(0)))[1]
    assert to_client > 300 and to_server > 60
    places = [(at, False) for at in range(0, to_client, stride)] + [(at, True) for at in range(0, to_server, stride)]
    sums = Found()
    for at, way in places:
        found, _ = asyncio.run(_tried(Proxy(0, kind, at, way)))
        assert found == Found(), f"{kind} at octet {at} to the {'server' if way else 'client'}"
        sums = Found(sums.lost + found.lost, sums.doubled + found.doubled, sums.partial + found.partial)
    record(Result("every-octet", f"{kind}, POP3", len(places), sums.lost, sums.doubled, sums.partial))


async def _tried(proxy: Proxy) -> tuple[Found, tuple[int, int]]:
    """A session through the proxy, then two without it; what is wrong after each, and what has passed."""
    mail = tuple(Mail(text, f"uid-{n}", len(text)) for n, text in enumerate(TEXTS))
    server = Server(Scenario("", "a", {}, mail), poll=9)
    async with AsyncExitStack() as stack:
        listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
        stack.callback(listening.close)
        proxy.target = listening.sockets[0].getsockname()[1]
        folder = stack.enter_context(in_memory())
        through = await stack.enter_async_context(proxy.listening())
        await _session(folder, through, 0.1 if proxy.kind == "blackhole" else 20)
        found = _judged(folder, server, at_the_end=False)
        passed = proxy.passed
        for _ in range(2):
            await _session(folder, proxy.target, 20)
        at_last = _judged(folder, server, at_the_end=True)
    return Found(found.lost + at_last.lost, found.doubled + at_last.doubled, found.partial + at_last.partial), passed


async def _session(folder: Path, port: int, patience: float) -> None:
    rules, ledger = program(RULES.format(port)), Ledger(folder)
    office = Office(rules, ledger, folder, lambda: 1_700_000_000.0, Silent())
    try:
        tidied(office)
        await session(replace(rules.accounts[0], timeout=patience), office)
    finally:
        ledger.close()


def _judged(folder: Path, server: Server, *, at_the_end: bool) -> Found:
    """Each message is there or here, whole, once; at the end it is here."""
    files = [OURS.sub(b"", each.read_bytes(), 1) for each in folder.glob("mail/ex.com/anna/new/*")]
    texts = [text.replace(b"\r\n", b"\n") for text in TEXTS]
    count = Counter(files)
    lost = sum(not count[text] and (at_the_end or n in server.gone) for n, text in enumerate(texts, 1))
    left = len(list(folder.glob("**/tmp/*"))) + (len(server.there) if at_the_end else 0)
    return Found(lost, sum(each > 1 for each in count.values()), sum(each not in texts for each in files) + left)


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with running() as made:
        yield made


@pytest.mark.peer
@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("cut", 3),
        pytest.param("cut", 100, marks=pytest.mark.soak),
        pytest.param("reset", 100, marks=pytest.mark.soak),
    ],
)
def test_a_fault_between_the_program_and_dovecot(kind: Kind, points: int, dovecot: Dovecot, tmp_path: Path) -> None:
    reach = asyncio.run(_with_dovecot(dovecot, tmp_path / "whole", Proxy(dovecot.plain_port)))[0]
    for at in range(0, reach, max(1, reach // points)):
        asyncio.run(_with_dovecot(dovecot, tmp_path / str(at), Proxy(dovecot.plain_port, kind, at)))
    record(Result("every-octet", f"{kind}, the program and Dovecot", len(range(0, reach, max(1, reach // points)))))


async def _with_dovecot(dovecot: Dovecot, folder: Path, proxy: Proxy) -> tuple[int, int]:
    dovecot.put(TEXTS)
    folder.mkdir()
    office = Program(folder)
    async with proxy.listening() as port:
        office.write(dovecot, f'server "localhost" port {port}; tls off; timeout 20s;')
        await asyncio.to_thread(office.run, "once")
    assert office.leftovers() == []
    office.write(dovecot, f'server "localhost" port {dovecot.plain_port}; tls off; timeout 20s;')
    last = [await asyncio.to_thread(office.run, "once") for _ in range(2)][-1]
    assert last.status == 0, last
    assert office.delivered()["anna"] == Counter(text.replace(b"\r\n", b"\n") for text in TEXTS)
    assert dovecot.stored() == []
    return proxy.passed
