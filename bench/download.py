"""Downloading, against the programs that people use: `python bench/download.py [WORK …]`."""

import os
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import handover
from choice import choice
from fetchers import Command, Fetcher, Job, fdm, fetchmail, fetchrun, getmail, mpop, mpops
from handover import by_sieve, by_us
from harness import Contender, Work, Wrong, measured, packaged, save, scratch
from mailbag import Mailbag, mixed, small
from sorters import (
    Sorter,
    box_of,
    fdm_sorting,
    fetchmail_maildrop,
    fetchmail_multidrop,
    fetchmail_procmail,
    fetchrun_sorting,
    getmail_multisorter,
)

import dovecot
from dovecot import USER, Dovecot

MORE = "default_process_limit = 2000\ndefault_client_limit = 20000\nservice pop3-login {\n  process_min_avail = 2\n}\n"
USERS = [f"box{number}@example.com" for number in range(50)]
PEERS = ("mpop", "fdm", "fetchmail", "getmail6", "maildrop", "procmail", "dovecot-pop3d", "dovecot-sieve")
RECIPIENTS = 200
CRAWLING = 1
"""How often those are run that take minutes."""


class Bench:
    """A server with mailbags to lay into its maildrops. `rounds`: of each contender; `scale`: the part of the work.

    `only`: the contenders that take part; none named: all.
    """

    def __init__(
        self, server: Dovecot, folder: Path, rounds: int, scale: float, only: Collection[str] = (), lmtp_port: int = 0
    ) -> None:
        self.server, self.folder, self.rounds, self.scale, self.only = server, folder, rounds, scale, only
        self.lmtp_port = lmtp_port
        self._bags: dict[str, Mailbag] = {}

    def measured(self, name: str, unit: str, contenders: Iterable[Contender], at: float | None = None) -> Work:
        """As the harness does it, with those that are asked for."""
        some = [each for each in contenders if not self.only or each.name.split(",")[0] in self.only]
        return measured(name, unit, some, self.rounds, at)

    def bag(self, name: str, make: Callable[[Path], Mailbag]) -> Mailbag:
        """The mailbag of that name, made once."""
        if name not in self._bags:
            self._bags[name] = make(self.folder / name)
        return self._bags[name]

    def small(self, count: int, recipients: int = 1) -> Mailbag:
        count = max(20, int(count * self.scale))
        return self.bag(f"small-{count}-{recipients}", lambda folder: small(folder, count, recipients))

    def contender(
        self, name: str, fetcher: Fetcher, bag: Mailbag, job: Job, rounds: int = 1_000, unit: float = 1.0
    ) -> Contender:
        """Fetches the bag from each of the job's users; `unit`: what a message counts for."""

        def prepare(folder: Path) -> list[Command]:
            for user in job.users:
                bag.lay_into(self.server, user)
            return fetcher(folder, job)

        def check(folder: Path, _: bytes) -> float:
            if len(job.users) == 1:
                return bag.check(folder / "Maildir") * unit
            count = sum(1 for _ in (folder / "Maildir" / "new").iterdir())
            if count != len(bag) * len(job.users):
                raise Wrong(f"{count} messages, not {len(bag) * len(job.users)}")
            return count * unit

        return Contender(name, prepare, check, rounds)

    def sorter(self, name: str, sorter: Sorter, bag: Mailbag, rules: int, rounds: int = 1_000) -> Contender:
        """Fetches the bag, which is for RECIPIENTS, and sorts it by so many rules."""

        def prepare(folder: Path) -> list[Command]:
            bag.lay_into(self.server, USER)
            return sorter(folder, self.job(), rules)

        def check(folder: Path, _: bytes) -> float:
            return bag.check_sorted(folder / "boxes", lambda number: box_of(number, rules, RECIPIENTS))

        return Contender(name, prepare, check, rounds)

    def all(self, bag: Mailbag, job: Job, few: Mailbag, unit: float = 1.0, few_unit: float = 1.0) -> list[Contender]:
        """Ours, the best peer, and the others with fewer messages."""
        slow = {"fdm": fdm, "fetchmail": fetchmail, "getmail6": getmail}
        return [
            self.contender("fetchrun", fetchrun, bag, job, unit=unit),
            self.contender("mpop", mpop, bag, job, unit=unit),
            *(self.contender(name, each, few, job, CRAWLING, few_unit) for name, each in slow.items()),
        ]

    def job(self, users: Sequence[str] = (USER,), tls: bool = False, port: int = 0, keep: bool = False) -> Job:
        port = port or (self.server.tls_port if tls else self.server.plain_port)
        return Job(port, users, self.server.password, self.server.ca if tls else None, keep)


def one_mailbox(bench: Bench) -> Iterator[Work]:
    """Ten thousand small messages, and mixed ones; in the clear and with TLS."""
    bag, few = bench.small(10_000), bench.small(2_000)
    big = bench.bag("mixed", lambda folder: mixed(folder, max(50, int(5_000 * bench.scale))))
    part = bench.bag("mixed-few", lambda folder: mixed(folder, max(50, int(500 * bench.scale))))
    for tls in (False, True):
        over = ", TLS" if tls else ""
        job = bench.job(tls=tls)
        yield bench.measured(f"small messages{over}", "messages", bench.all(bag, job, few))
        units = (big.octets / len(big) / 1e6, part.octets / len(part) / 1e6)
        yield bench.measured(f"mixed messages{over}", "MB", bench.all(big, job, part, *units))


def distance(bench: Bench) -> Iterator[Work]:
    """Small messages over a round-trip time."""
    bag, few = bench.small(5_000), bench.small(60)
    for milliseconds in (5, 20, 50, 100):
        with delayed(bench.server.plain_port, milliseconds) as port:
            contenders = bench.all(bag, bench.job(port=port), few)
            yield bench.measured(f"round trip {milliseconds} ms", "messages", contenders, milliseconds)


def accounts(bench: Bench) -> Iterator[Work]:
    """Fifty accounts with a hundred messages each, near and far."""
    bag = bench.small(100)
    for milliseconds in (0, 20):
        with delayed(bench.server.plain_port, milliseconds) as port:
            job = bench.job(USERS, port=port)
            contenders = [
                bench.contender("fetchrun", fetchrun, bag, job),
                bench.contender("mpop", mpop, bag, job, CRAWLING),
                bench.contender("mpop, 8 processes", lambda folder, job: mpops(folder, job, 8), bag, job),
                bench.contender("fdm", fdm, bag, job, CRAWLING),
            ]
            yield bench.measured(f"fifty accounts, {milliseconds} ms", "messages", contenders, milliseconds)


def sorting(bench: Bench) -> Iterator[Work]:
    """Small messages for two hundred recipients, by more and more rules, each into the box that it is for."""
    peers = {
        "fdm": (fdm_sorting, 1_000),
        "fetchmail, multidrop": (fetchmail_multidrop, 200),
        "fetchmail, procmail": (fetchmail_procmail, 200),
        "fetchmail, maildrop": (fetchmail_maildrop, 200),
        "getmail6": (getmail_multisorter, 200),
        "fetchrun, LMTP to Dovecot": (by_us(bench.server, bench.lmtp_port), 2_000),
        "fetchrun, sorted by Sieve": (by_sieve(bench.server, bench.lmtp_port), 500),
    }
    for rules in (10, 1_000, 10_000):
        contenders = [bench.sorter("fetchrun", fetchrun_sorting, bench.small(10_000, RECIPIENTS), rules)]
        for name, (sorter, count) in peers.items():
            few = bench.small(count if rules < 10_000 else count // 5, RECIPIENTS)
            contenders.append(bench.sorter(name, sorter, few, rules, CRAWLING))
        yield bench.measured(f"sorting by {rules:,} rules", "messages", contenders, rules)


def by_rules(bench: Bench) -> Iterator[Work]:
    """Ours alone, by more and more rules in turn: what a disk does in one minute and not in the next hits all alike."""
    bag = bench.small(10_000, RECIPIENTS)
    contenders = [bench.sorter(f"{many:,} rules", fetchrun_sorting, bag, many) for many in (10, 1_000, 10_000)]
    yield bench.measured("ours, sorting", "messages", contenders)


def kept(bench: Bench) -> Iterator[Work]:
    """The second poll of a maildrop with fifty thousand messages that stay there."""
    yield second_polls(bench, max(100, int(50_000 * bench.scale)))


def second_polls(bench: Bench, count: int) -> Work:
    """Polls of a maildrop with so many messages that stay, after the first has fetched them; nothing is new."""
    bag = bench.bag(f"kept-{count}", lambda folder: small(folder, count))
    bag.lay_into(bench.server, USER)
    contenders = []
    with scratch() as first:
        for name, fetcher in {"fetchrun": fetchrun, "mpop": mpop}.items():
            (first / name).mkdir()
            commands = fetcher(first / name, bench.job(keep=True))
            for each in commands:
                subprocess.run(each, check=True, capture_output=True, env={**os.environ, "HOME": str(first / name)})
            contenders.append(Contender(name, lambda _, some=commands: some, lambda _, __: 1.0))
        return bench.measured(f"second poll, {count:,} kept", "polls", contenders, count)


@contextmanager
def delayed(port: int, milliseconds: float) -> Iterator[int]:
    """A port behind which the server is that far away; without a delay it is the server's own."""
    if not milliseconds:
        yield port
        return
    command = [sys.executable, str(Path(__file__).with_name("delay.py")), str(port), str(milliseconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout
        try:
            yield int(proxy.stdout.readline())
        finally:
            proxy.terminate()


WORKS = {each.__name__: each for each in (one_mailbox, distance, accounts, sorting, by_rules, kept)}


def main() -> None:
    """Does the works, and keeps what each has shown."""
    chosen = choice(__doc__, WORKS)
    (port,) = dovecot.free_ports(1)
    with dovecot.running(MORE + handover.CONFIGURATION.format(port=port)) as server, scratch() as folder:
        server.admit([*USERS, *handover.USERS])
        bench = Bench(server, folder, chosen.rounds, chosen.scale, chosen.only, port)
        for name in chosen.parts:
            save(name, list(WORKS[name](bench)), packaged(*PEERS), chosen.scale)


if __name__ == "__main__":
    main()
