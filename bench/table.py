"""The table on disk at a million exact rules: size, opening, memory, look-ups; prints, with processor times."""

import gc
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter, process_time

from sortlang.address import Address
from sortlang.build import build
from sortlang.files import load
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import Rule, Rules, Target
from sortlang.source import Source, Span
from sortlang.store import store

ASKED = 200_000


def line(number: int) -> tuple[str, str]:
    """Address and deliver-to address of a rule."""
    return f"person{number}@company{number % 5000}.example", f"user{number}@company{number % 977}.example"


def some(count: int) -> list[str]:
    """Addresses that rules name, at random."""
    draw = random.Random(1)
    return [line(draw.randrange(count))[0] for _ in range(ASKED)]


def program(count: int) -> Program:
    """What the compiler makes of that many `sort` lines, made without it: it is not what is measured here."""
    rules, starts, texts = [], [], []
    place = 0
    for left, right in map(line, range(count)):
        texts.append(f"sort {left} -> {right};\n")
        starts.append(place)
        place += len(texts[-1])
    source = Source("bench.sort", "".join(texts))
    for (left, right), start, text in zip(map(line, range(count)), starts, texts, strict=True):
        local, _, domain = right.partition("@")
        target = Target(
            "address", local, domain, span=Span(source, start + len(text) - len(right) - 2, start + len(text) - 2)
        )
        rules.append(Rule("sort", Pattern.parse(left), (target,), span=Span(source, start + 5, start + 5 + len(left))))
    return build(Rules(sorts=tuple(rules), span=Span(source, 0, 0)))


def main(count: int) -> None:
    """Builds the table, then asks it in processes of their own."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "bench.table"
        gc.disable()
        memory = program(count)
        begun = process_time()
        table.write_bytes(b"".join(store(memory)))
        print(f"{count} exact rules")
        print(f"store {process_time() - begun:.2f} s, {table.stat().st_size / count:.0f} bytes a rule")
        addresses = some(count)
        took("in memory: winner, each address once", memory.winner, addresses)
        took("in memory: route, each address once", memory.route, addresses)
        del memory
        gc.collect()
        subprocess.run([sys.executable, __file__, "ask", table, str(count)], check=True)
        batch(table, addresses)


def ask(table: Path, count: int) -> None:
    """Opens the table and asks it, in a fresh process."""
    addresses = some(count)
    one = Address.parse(line(count // 2)[0])
    gc.collect()
    resident, own = held()
    begun = perf_counter()
    disk, _ = load(table)
    opened = perf_counter()
    assert disk
    first = disk.route(one)
    print(f"open {1000 * (opened - begun):.1f} ms, with the first route {1000 * (perf_counter() - begun):.1f} ms")
    assert first.rule and first.rule.span.line == count // 2 + 1
    now = held()
    print(f"memory for it {now[0] - resident} KB resident, {now[1] - own} KB of them in no file; process {now[0]} KB")
    took("on disk: winner, each address once", disk.winner, addresses)
    took("on disk: route, each address once", disk.route, addresses)


def batch(table: Path, addresses: list[str]) -> None:
    """`sortlang route TABLE < addresses`: many addresses once, and few often."""
    few = addresses[:1000] * (ASKED // 1000 * 5)
    for name, asked in (("each once", addresses), ("1,000 again and again", few)):
        text = "\n".join(asked).encode()
        begun = children()
        command = [sys.executable, "-c", "from sortlang.cli import main; main()", "route", table]
        shown = subprocess.run(command, input=text, stdout=subprocess.PIPE, check=True).stdout
        assert shown.count(b"\tuser") == len(asked)
        each = 1e6 * (children() - begun) / len(asked)
        print(f"route TABLE < addresses, {name}: {each:.2f} µs an address, start and all")


def took(name: str, ask: Callable[[Address], object], texts: list[str]) -> None:
    """Prints the time of a question, in microseconds of processor; the answers are let go."""
    addresses = [Address.parse(each) for each in texts]
    begun = process_time()
    for each in addresses:
        assert ask(each) is not None
    print(f"{name} {1e6 * (process_time() - begun) / len(addresses):.2f} µs")


def children() -> float:
    """Seconds of processor that the processes we waited for have taken."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def held() -> tuple[int, int]:
    """Kilobytes resident, and those of them that are mapped from no file."""
    fields = dict(each.split(":") for each in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    resident, own = (int(fields[each].split()[0]) for each in ("Rss", "Anonymous"))
    return resident, own


if __name__ == "__main__":
    if sys.argv[1:2] == ["ask"]:
        ask(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
