"""Hostile servers and receivers: every scenario is data, and is played against the real program."""

import asyncio
import shutil
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from reliability.hostile import handed
from reliability.hostile.certificates import certificates
from reliability.hostile.handed import source
from reliability.hostile.pop3 import Server
from reliability.hostile.receiver import Hostile, Receiver, hostiles
from reliability.hostile.run import Office, Verdict, judged, serving
from reliability.hostile.scenario import HERE, POLLS, Scenario, scenarios
from reliability.results import Result, record

FILES = sorted(f"{each.parent.name}/{each.name}" for each in HERE.glob("pop3/*.toml"))
FAST, FASTER = "+{poll}h x40", "+{poll}h x100"
"""The program's clock, as faketime(1) says it: so many times as fast, and each poll an hour after the last."""

RECEIVERS = sorted(f"{each.parent.name}/{each.name}" for each in HERE.glob("receivers/*.toml"))


@pytest.mark.parametrize("file", FILES)
def test_hostile_servers(file: str, tmp_path: Path) -> None:
    if wrong := told(asyncio.run(played(scenarios(file), tmp_path)), "hostile-servers"):
        pytest.fail(wrong, pytrace=False)


@pytest.mark.peer
@pytest.mark.skipif(not shutil.which("faketime"), reason="faketime is not installed")
def test_servers_that_want_to_keep_us_for_ever(tmp_path: Path) -> None:
    if wrong := told(asyncio.run(played(scenarios("slow/pop3.toml"), tmp_path, FAST)), "hostile-servers"):
        pytest.fail(wrong, pytrace=False)


@pytest.mark.peer
@pytest.mark.skipif(not shutil.which("faketime"), reason="faketime is not installed")
def test_receivers_that_say_nothing_for_long(tmp_path: Path) -> None:
    some = hostiles("slow/receivers.toml")
    if wrong := told(asyncio.run(handed_on(some, tmp_path, FASTER)), "hostile-receivers"):
        pytest.fail(wrong, pytrace=False)


@pytest.mark.parametrize("file", RECEIVERS)
def test_hostile_receivers(file: str, tmp_path: Path) -> None:
    if wrong := told(asyncio.run(handed_on(hostiles(file), tmp_path)), "hostile-receivers"):
        pytest.fail(wrong, pytrace=False)


async def handed_on(some: list[Hostile], folder: Path, clock: str = "") -> list[Verdict]:
    """All at once, each behind a POP3 server of its own."""
    receivers, servers = [Receiver(each) for each in some], [source(each) for each in some]
    async with AsyncExitStack() as stack:
        await serving([*receivers, *servers], stack)
        return await handed.judged(Office(folder), receivers, servers, clock)


async def played(some: list[Scenario], folder: Path, clock: str = "") -> list[Verdict]:
    """All at once, each with a server of its own."""
    shown = certificates(folder)
    office, servers = Office(folder), [Server(each, shown) for each in some]
    async with AsyncExitStack() as stack:
        await serving(servers, stack)
        return await judged(office, servers, clock)


def told(verdicts: list[Verdict], suite: str) -> str:
    """What is wrong, a paragraph for each scenario; records all."""
    for each in verdicts:
        found = (POLLS, each.lost, each.doubled, each.partial)
        record(Result(suite, each.scenario.name, *found, passed=not each.wrong))
    return "\n".join(f"{each.scenario.name}:\n  " + "\n  ".join(each.wrong) for each in verdicts if each.wrong)
