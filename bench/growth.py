"""How cost grows with message size, messages kept, recipients, accounts and hostile text: `growth.py [PART …]`.

Every work is one thing of that size; what it costs is processor time. Fails where a cost grows faster than n log n.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

from choice import Choice, choice
from download import Bench
from fetchers import Command, Fetcher, Job, fetchrun, mpop, mpops
from fit import bound, exponent, rising
from harness import Contender, Sample, Work, Wrong, measured, packaged, peak_of, row, save, scratch, told
from load import loaded
from mailbag import crowded, of_size
from poll import polls

import dovecot
from sortlang.mail.addresslist import addresses
from sortlang.mail.message import fields

CROWD = 'sort "*@crowd.example" -> "*@int.example";\nsort * -> rest@int.example;'
KEPT = (1_000, 10_000, 100_000, 1_000_000)
ACCOUNTS = (1, 10, 100, 1_000, 10_000)
EACH = 2
"""Messages in each of many accounts."""

OCTETS = (10_000, 100_000, 1_000_000, 10_000_000)
LETTERS: dict[str, Callable[[int], bytes]] = {
    "one long line": lambda size: b"To: " + b"a" * size,
    "many folds": lambda size: b"To: a@ex.com" + b",\r\n b@ex.com" * (size // 12),
    "many fields": lambda size: b"To: a@ex.com\r\n" * (size // 14),
    "open brackets": lambda size: b"To: " + b"(" * size,
    "open quotes": lambda size: b"To: " + b'"\\' * (size // 2),
    "angles": lambda size: b"To: " + b"<a@" * (size // 3),
    "Received": lambda size: b"Received: from a by b for <c@d>; Mon\r\n" * (size // 40),
}
"""Headers of about so many octets that nobody writes in good faith."""


def sizes(chosen: Choice) -> Iterator[Work]:
    """Messages of one size each."""
    with _dovecot(chosen) as bench:
        for size in chosen.sizes((1_000, *OCTETS)):
            count = max(2, int(chosen.scale * min(5_000, 200_000_000 // size)))
            bag = bench.bag(f"size-{size}", lambda folder, size=size, count=count: of_size(folder, count, size))
            fetchers = {"fetchrun": fetchrun, "mpop": mpop}
            contenders = [bench.contender(name, each, bag, bench.job()) for name, each in fetchers.items()]
            yield bench.measured(f"message size, {size:,} bytes", "messages", contenders, size)


def recipients(chosen: Choice) -> Iterator[Work]:
    """Messages for so many recipients of ours each, all in one Maildir."""
    with _dovecot(chosen) as bench:
        for count in chosen.sizes((1, 10, 100, 1_000)):
            messages = max(2, int(chosen.scale * 2_000 // count))
            bag = bench.bag(f"crowd-{count}", lambda folder, some=(messages, count): crowded(folder, *some))
            contenders = [bench.contender("fetchrun", fetchrun, bag, replace(bench.job(), sorts=CROWD))]
            yield bench.measured(f"recipients of a message, {count:,}", "messages", contenders, count)


def listed(chosen: Choice) -> Iterator[Work]:
    """Polls of a maildrop where so many messages stay."""
    for count in chosen.sizes(KEPT):
        with loaded(count, 600) as port, scratch() as folder:
            work = polls(Job(port, ("all",), "x", keep=True, more="start new;"), folder, count, chosen.rounds)
        yield replace(work, name=f"messages kept, {count:,}", at=count)
        print(told(work), flush=True)


def many_accounts(chosen: Choice) -> Iterator[Work]:
    """So many accounts with a few messages each, all asked once."""
    with loaded(EACH, 3_000) as port:
        for count in chosen.sizes(ACCOUNTS):
            contenders = [
                _crowd("fetchrun", fetchrun, port, count),
                _crowd("mpop, 8 processes", lambda folder, job: mpops(folder, job, 8), port, count),
            ]
            rounds = min(chosen.rounds, 1 if count > 1_000 else chosen.rounds)
            yield measured(f"accounts, {count:,}", "rounds", contenders, rounds, count)


def hostile(chosen: Choice) -> Iterator[Work]:
    """Headers of so many octets: their fields, and the addresses in them."""
    for size in chosen.sizes(OCTETS):
        rows = []
        for name, made in LETTERS.items():
            header = made(size) + b"\r\n\r\n"
            rows.append(row(name, [_read(header) for _ in range(chosen.rounds)]))
        yield (work := Work(f"hostile headers, {size:,} octets", "headers", tuple(rows), size))
        print(told(work), flush=True)


PARTS = {each.__name__: each for each in (sizes, listed, recipients, many_accounts, hostile)}


def main(chosen: Choice) -> None:
    """Measures the curves, keeps them and judges them."""
    steep = []
    for name in chosen.parts:
        works = list(PARTS[name](chosen))
        save(name, works, packaged("mpop", "dovecot-pop3d"), chosen.scale)
        steep += _steep(works)
    if steep:
        sys.exit("\n".join(steep))


def _steep(works: Sequence[Work]) -> Iterable[str]:
    """Each contender whose cost grows faster than it may; the peers' curves are theirs."""
    for name in dict.fromkeys(each.contender for work in works for each in work.rows):
        points = [(work.at or 1, each.cpu_per_unit) for work in works for each in work.rows if each.contender == name]
        if not name.startswith("mpop") and rising(points) and exponent(points) > bound(points):
            yield f"{works[0].name} …, {name}: grows with exponent {exponent(points):.2f}, not {bound(points):.2f}"


@contextmanager
def _dovecot(chosen: Choice) -> Iterator[Bench]:
    with dovecot.running() as server, scratch() as folder:
        yield Bench(server, folder, chosen.rounds, chosen.scale, chosen.only)


def _crowd(name: str, fetcher: Fetcher, port: int, count: int) -> Contender:
    """Users whom the server has never seen, so that their maildrops are full."""

    def prepare(folder: Path) -> list[Command]:
        return fetcher(folder, Job(port, [f"{folder.name}-{number}" for number in range(count)], "x"))

    def check(folder: Path, _: bytes) -> float:
        found = sum(1 for _ in os.scandir(folder / "Maildir" / "new"))
        if found != count * EACH:
            raise Wrong(f"{found} messages, not {count * EACH}")
        return 1.0

    return Contender(name, prepare, check)


def _read(header: bytes) -> Sample:
    wall, cpu = perf_counter(), process_time()
    for each in fields(header):
        addresses(each.value)
    return Sample(perf_counter() - wall, process_time() - cpu, peak_of(os.getpid()), 1.0)


if __name__ == "__main__":
    main(choice(__doc__, PARTS))
