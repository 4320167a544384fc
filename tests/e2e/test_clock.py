"""F85: a clock that leaps by 400 days, or back by 30, removes nothing that is not due."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dovecot import Dovecot, running
from e2e.office import Office
from letters import letters

pytestmark = [pytest.mark.peer, pytest.mark.skipif(not shutil.which("faketime"), reason="faketime is not installed")]


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with running() as dovecot:
        dovecot.put(list(letters(5)))
        yield dovecot


def test_F85_a_leap_of_the_clock_suspends_retention(
    server: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The time since the boot stays what it is.
    monkeypatch.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    monkeypatch.setenv("DONT_FAKE_MONOTONIC", "1")
    office = Office(tmp_path)
    office.write(server, f'server "localhost" port {server.plain_port}; tls off; keep 7d;')
    assert "5 delivered" in office.run("once").err
    assert "removed" not in office.run("once", before=("faketime", "-f", "-30d")).err
    leapt = office.run("once", before=("faketime", "-f", "+400d"))
    assert "5 left (delivered and no longer to be kept; not removed, for the clock was set" in leapt.err, leapt
    assert len(server.stored()) == 5
    assert "5 removed" in office.run("once", before=("faketime", "-f", "+400d")).err
