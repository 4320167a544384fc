"""Many small maildrops and a provider that often fails: nothing grows that should not, and all mail comes once."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import linear_regression

import pytest

import mailroom
from fetchrun.daemon import THREADS
from reliability.provider import Fault, Provider
from reliability.results import Result, record

PROGRAM = (sys.executable, "-c", "from fetchrun.cli import main; main()")
FAULTS: tuple[Fault, ...] = ("cut", "refuse", "stall")
PEOPLE = 20
MORE_THREADS = 16
"""Those that flush, watch the rules and run the loop."""

WRITTEN_AHEAD = 8 << 10
"""KiB that SQLite's log may have, however few messages there are."""

SETTLED = 1 / 3
"""So much of the samples is passed over: caches fill, threads begin, every account has its first session."""


@dataclass(frozen=True)
class Soak:
    """It lasts until so many sessions have begun.

    `growth`, `leak`: KiB of memory, and descriptors, that each of them may cost for ever.
    """

    accounts: int
    sessions: int
    growth: float
    leak: float
    rate: float = 0.01
    seconds: float = 3600.0


@dataclass(frozen=True)
class Sample:
    """The daemon at one moment. `sessions` had begun by then; `memory` and `ledger` in KiB."""

    sessions: int
    memory: int
    descriptors: int
    threads: int
    ledger: int


@dataclass
class Post:
    """Puts a new message into a maildrop now and then, and fails at one command in a hundred."""

    rate: float
    dice: Random = field(default_factory=lambda: Random(5))
    sent: int = 0

    def fault(self, provider: Provider, user: str, verb: str) -> Fault | None:
        if verb == "STAT" and self.dice.random() < 0.5:
            self.send(provider.maildrops[user])
        # Who is refused three times at the door is not let in again, as he might be locked out.
        fails = verb not in ("CAPA", "USER", "PASS") and self.dice.random() < self.rate
        return self.dice.choice(FAULTS) if fails else None

    def send(self, maildrop: dict[str, bytes]) -> None:
        self.sent += 1
        to = f"X-Original-To: person{self.sent % PEOPLE}@ex.com\r\nMessage-ID: <{self.sent}@example.net>\r\n"
        maildrop[f"uid{self.sent}"] = f"{to}Subject: number {self.sent}\r\n\r\n{'text ' * 30}\r\n".encode()


def test_G4_a_short_soak(tmp_path: Path) -> None:
    _soaked(Soak(accounts=100, sessions=300, growth=16.0, leak=0.1), tmp_path)


@pytest.mark.soak
def test_G4_a_thousand_accounts(tmp_path: Path) -> None:
    _soaked(Soak(accounts=1_000, sessions=6_000, growth=0.5, leak=0.001), tmp_path)


def _soaked(soak: Soak, folder: Path) -> None:
    post = Post(soak.rate)
    provider = Provider({f"u{number}": {} for number in range(soak.accounts)})
    provider.fault = lambda user, verb: post.fault(provider, user, verb)
    with provider.serving(), mailroom.in_memory() as state:
        rules = _rules(folder, soak.accounts, provider.port)
        samples = list(_sampled(soak, rules, state, provider))
        post.rate, faults = 0.0, provider.faults
        sent = post.sent
        _finished(rules, state, provider)
        came = Counter(_numbers(state))
        lost, doubled = len(set(range(1, sent + 1)) - set(came)), sum(count > 1 for count in came.values())
    slopes = _slopes(samples)
    _kept(soak, samples, slopes, sent, faults, (lost, doubled))
    assert (lost, doubled) == (0, 0)
    assert faults > 0
    assert slopes["memory"] < soak.growth
    assert slopes["descriptors"] < soak.leak
    assert max(each.threads for each in samples) <= THREADS + MORE_THREADS
    assert samples[-1].ledger < WRITTEN_AHEAD + 2 * sent


def _rules(folder: Path, accounts: int, port: int) -> Path:
    server = f'server "127.0.0.1" port {port}; tls off; password env "BOX"; every 5s;'
    blocks = [f'account "a{each}" < {server} user "u{each}"; >\n' for each in range(accounts)]
    rules = folder / "mail.sort"
    rules.write_text("".join(blocks) + 'sort "*@ex.com" -> "*@ex.com";\nsort * -> admin@ex.com;\n')
    return rules


def _sampled(soak: Soak, rules: Path, state: Path, provider: Provider) -> Iterator[Sample]:
    """One a second, until there were sessions enough; then the daemon is told to end, and must."""
    with _running("run", rules, state) as daemon:
        waiting, began = threading.Event(), 0
        while provider.sessions < soak.sessions and began < soak.seconds:
            waiting.wait(1.0)
            began += 1
            assert daemon.poll() is None, "the daemon has ended"
            yield _sample(daemon.pid, state, provider.sessions)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=60) == 0


@contextmanager
def _running(word: str, rules: Path, state: Path) -> "Iterator[subprocess.Popen[bytes]]":
    environment = os.environ | {"BOX": "secret", "PYTHONPATH": str(Path("src").absolute()), "LC_ALL": "C.UTF-8"}
    command = (*PROGRAM, word, str(rules), "--state", str(state / "state"))
    with (rules.parent / "printed").open("ab") as printed:
        process = subprocess.Popen(command, env=environment, stdout=printed, stderr=printed)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def _sample(pid: int, state: Path, sessions: int) -> Sample:
    about = Path(f"/proc/{pid}/status").read_text()
    memory, threads = (int(re.search(rf"^{name}:\s+(\d+)", about, re.MULTILINE)[1]) for name in ("VmRSS", "Threads"))
    ledger = sum(each.stat().st_size for each in (state / "state").glob("ledger.db*") if each.exists())
    return Sample(sessions, memory, len(os.listdir(f"/proc/{pid}/fd")), threads, ledger >> 10)


def _slopes(samples: Sequence[Sample]) -> dict[str, float]:
    """How much of each comes with one more session: the line through the samples, without the first of them."""
    late = samples[int(len(samples) * SETTLED) :]
    sessions = [each.sessions for each in late]
    return {
        name: linear_regression(sessions, [getattr(each, name) for each in late]).slope
        for name in ("memory", "descriptors", "threads", "ledger")
    }


def _finished(rules: Path, state: Path, provider: Provider) -> None:
    """Without faults all that is left comes, as often as somebody asks for it."""
    provider.fault = lambda user, verb: None
    for word in ("retry", "once"):
        with _running(word, rules, state) as process:
            status = process.wait(timeout=600)
    assert status == 0
    assert not any(provider.maildrops.values())


def _numbers(state: Path) -> Iterator[int]:
    for each in state.glob("state/mail/ex.com/*/new/*"):
        yield int(re.search(rb"^Subject: number (\d+)$", each.read_bytes(), re.MULTILINE)[1])


def _kept(
    soak: Soak, samples: Sequence[Sample], slopes: dict[str, float], sent: int, faults: int, wrong: tuple[int, int]
) -> None:
    late = samples[int(len(samples) * SETTLED) :]
    figures: dict[str, str | float] = {
        "sessions": samples[-1].sessions,
        "faults": faults,
        "seconds": len(samples),
        "memory, MiB": f"{late[0].memory / 1024:.1f} … {samples[-1].memory / 1024:.1f}",
        "a session adds, KiB": f"{slopes['memory']:.3f}",
        "descriptors at most": max(each.descriptors for each in samples),
        "threads at most": max(each.threads for each in samples),
        "ledger, KiB": samples[-1].ledger,
    }
    record(Result("soak", f"{soak.accounts} accounts", sent, *wrong, passed=wrong == (0, 0), figures=figures))
