"""How cost grows with message size, messages kept, recipients and accounts: `python bench/growth.py [CURVE …]`."""

import argparse
from collections.abc import Iterator
from dataclasses import replace

from download import MORE, Bench, second_polls
from fetchers import fetchrun, mpop
from harness import Work, packaged, save, scratch
from mailbag import crowded, of_size

import dovecot

CROWD = 'sort "*@crowd.example" -> "*@int.example";\nsort * -> rest@int.example;'


def sizes(bench: Bench) -> Iterator[Work]:
    """Messages of one size each, about as many bytes in all."""
    for size in (1_000, 10_000, 100_000, 1_000_000, 10_000_000):
        count = max(2, int(bench.scale * min(5_000, 200_000_000 // size)))
        bag = bench.bag(f"size-{size}", lambda folder, size=size, count=count: of_size(folder, count, size))
        unit = bag.octets / len(bag) / 1e6
        contenders = [
            bench.contender("fetchrun", fetchrun, bag, bench.job(), unit=unit),
            bench.contender("mpop", mpop, bag, bench.job(), unit=unit),
        ]
        yield bench.measured(f"message size, {size:,} bytes", "MB", contenders, size)


def kept(bench: Bench) -> Iterator[Work]:
    """The second poll of a maildrop where so many messages stay."""
    for count in (1_000, 10_000, 100_000):
        yield second_polls(bench, max(100, int(count * bench.scale)))


def recipients(bench: Bench) -> Iterator[Work]:
    """Messages for so many recipients of ours each, all in one Maildir."""
    for count in (1, 10, 100, 1_000):
        messages = max(2, int(bench.scale * 2_000 // count))
        bag = bench.bag(f"crowd-{count}", lambda folder, some=(messages, count): crowded(folder, *some))
        job = replace(bench.job(), sorts=CROWD)
        contenders = [bench.contender("fetchrun", fetchrun, bag, job, unit=count)]
        yield bench.measured(f"recipients of a message, {count}", "recipients", contenders, count)


def accounts(bench: Bench) -> Iterator[Work]:
    """So many accounts with ten messages each."""
    bag = bench.small(100)
    for count in (1, 10, 50):
        users = [f"box{number}@example.com" for number in range(count)]
        contenders = [bench.contender("fetchrun", fetchrun, bag, bench.job(users))]
        yield bench.measured(f"accounts, {count}", "messages", contenders, count)


CURVES = {each.__name__: each for each in (sizes, kept, recipients, accounts)}


def main() -> None:
    """Measures the curves and keeps them."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("curves", nargs="*", help=f"of {', '.join(CURVES)}; none: all")
    arguments.add_argument("--scale", type=float, default=1.0, help="the part of the messages, for a quick look")
    arguments.add_argument("--rounds", type=int, default=3, help="how often each contender runs")
    chosen = arguments.parse_args()
    with dovecot.running(MORE) as server, scratch() as folder:
        server.admit(f"box{number}@example.com" for number in range(50))
        bench = Bench(server, folder, chosen.rounds, chosen.scale)
        for name in chosen.curves or CURVES:
            save(f"growth_{name}", list(CURVES[name](bench)), packaged("mpop", "dovecot-pop3d"), chosen.scale)


if __name__ == "__main__":
    main()
