"""`kill -9` at random moments of a run against Dovecot: every message once, none lost, none partial."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dovecot import Dovecot, running
from e2e.office import Office
from letters import letters, recipient

pytestmark = pytest.mark.peer
LETTERS = tuple(letters(1_000, seed=2))
TRIALS = 50


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with running() as dovecot:
        dovecot.put(LETTERS)
        yield dovecot


@pytest.mark.parametrize("trial", range(TRIALS))
def test_a_killed_run_and_the_next_deliver_every_message_once(trial: int, server: Dovecot, tmp_path: Path) -> None:
    # Every tenth run deletes on the server, so that a kill between DELE and QUIT is among them.
    keep = "" if trial % 10 == 0 else "keep forever;"
    office = _killed(random.Random(trial), server, tmp_path, keep)
    final = office.run("once")
    assert final.status == 0, final
    assert office.delivered() == _expected()
    assert office.leftovers() == []
    assert len(server.stored()) == (len(LETTERS) if keep else 0)


def _killed(dice: random.Random, server: Dovecot, folder: Path, settings: str) -> Office:
    """The office of a run that was killed before its end; one that was too quick for that is forgotten."""
    for attempt in range(10):
        if len(server.stored()) != len(LETTERS):
            server.empty()
            server.put(LETTERS)
        office = _office(server, folder / str(attempt), settings)
        if office.killed(dice.randrange(len(LETTERS)), dice.uniform(0, 0.02)):
            return office
    pytest.fail("no run could be killed before its end")


def _office(server: Dovecot, folder: Path, settings: str) -> Office:
    folder.mkdir()
    office = Office(folder)
    office.write(server, f'server "localhost" port {server.tls_port}; tls ca "{server.ca}"; {settings}')
    return office


def _expected() -> dict[str, Counter[bytes]]:
    found: dict[str, Counter[bytes]] = {}
    for each in LETTERS:
        found.setdefault(recipient(each).partition("@")[0], Counter())[each.replace(b"\r\n", b"\n")] += 1
    return found
