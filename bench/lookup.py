"""Look-ups: where mail for an address goes, many in a row and one by one, beside Postfix's maps."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

from choice import Choice, choice
from compile import ACCOUNT, exact, mixed
from harness import Contender, Sample, Work, Wrong, measured, packaged, peak_of, program, row, save, scratch, told

SIZES = (10, 1_000, 10_000, 100_000, 1_000_000)
LENGTHS = (16, 32, 64, 128, 250)
ASKED = 200_000
FEW = 2_000
"""Postfix asks one pattern after another."""
MIXED = 100_000
HOSTILE = 300

Rule = Callable[[int], tuple[str, str]]


def main(chosen: Choice) -> None:
    """Prints all, and keeps it."""
    works = [work for size in chosen.sizes(SIZES) for work in _sized(size, chosen.rounds)] + _hostile(chosen.rounds)
    save("lookup", works, packaged("postfix", "postfix-cdb", "postfix-pcre"), chosen.scale)


def _sized(size: int, rounds: int) -> list[Work]:
    """All works over so many rules; the tables are built once."""
    with scratch() as folder:
        _prepared(folder, "exact", size, exact)
        if size <= MIXED:
            _prepared(folder, "mixed", size, mixed)
        _lines(folder / "cdb", (f"{address} {target}" for address, target in map(exact, range(size))))
        subprocess.run(["/usr/sbin/postmap", "cdb:cdb"], cwd=folder, check=True)
        _lines(folder / "pcre", (_regex(*mixed(number)) for number in range(size)))
        works = [_piped(folder, "exact", size, exact, rounds), _process(folder, size, rounds)]
        return [*works, _piped(folder, "mixed", size, mixed, rounds)] if size <= 10_000 else works


def _prepared(folder: Path, name: str, size: int, rule: Rule) -> None:
    """A table of the rules, and addresses that they take, at random."""
    rules = (f'sort "{left}" -> "{right}";' for left, right in map(rule, range(size)))
    _lines(folder / f"{name}.sort", (ACCOUNT.rstrip(), *rules))
    subprocess.run([program("sortlang"), "build", f"{name}.sort"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    _lines(folder / f"{name}.many", _asked(size, rule, ASKED))
    _lines(folder / f"{name}.few", _asked(size, rule, FEW))


def _asked(size: int, rule: Rule, count: int) -> list[str]:
    dice = random.Random(1)
    return [rule(dice.randrange(size))[0].replace("*", "x") for _ in range(count)]


def _piped(folder: Path, name: str, size: int, rule: Rule, rounds: int) -> Work:
    """Through standard input and output, start and all."""
    table, asked = folder / f"{name}.table", "few" if name == "mixed" else "many"
    peer = ("postmap cdb", f"cdb:{folder / 'cdb'}") if name == "exact" else ("postmap pcre", f"pcre:{folder / 'pcre'}")
    ours = f"{program('sortlang')} route {table} <{folder / name}.many"
    theirs = f"/usr/sbin/postmap -q - {peer[1]} <{folder / name}.{asked}"
    contenders = (
        Contender("sortlang route", lambda _: [["sh", "-c", ours]], partial(_answers, size, rule, ASKED)),
        Contender(
            peer[0], lambda _: [["sh", "-c", theirs]], partial(_answers, size, rule, FEW if asked == "few" else ASKED)
        ),
    )
    return measured(f"{name} look-ups by pipe, {size:,} rules", "look-ups", contenders, rounds, at=size)


def _answers(size: int, rule: Rule, count: int, _: Path, output: bytes) -> float:
    """Every answer is compared."""
    wanted = {address.replace("*", "x"): target for address, target in map(rule, range(size))}
    given = [line.split("\t")[:2] for line in output.decode().splitlines()]
    if len(given) != count:
        raise Wrong(f"{len(given)} answers instead of {count}")
    wrong = [each for each in given if wanted[each[0]] != each[1]]
    if wrong:
        raise Wrong(f"{wrong[0][0]} goes to {wrong[0][1]}")
    return count


def _process(folder: Path, size: int, rounds: int) -> Work:
    """In a process that has the table open: each address for the first time, and a thousand again and again."""
    rows = []
    for name in ("exact", "mixed") if size <= MIXED else ("exact",):
        asked = (json.loads(_child(folder, name, size)) for _ in range(rounds))
        found = [{kind: Sample(*each) for kind, each in one.items()} for one in asked]
        rows += [row(f"{name}, {kind}", [each[kind] for each in found]) for kind in found[0]]
    work = Work(f"look-ups in a process, {size:,} rules", "look-ups", tuple(rows), size)
    print(told(work), flush=True)
    return work


def _child(folder: Path, name: str, size: int) -> bytes:
    command = [sys.executable, __file__, "ask", str(folder), name, str(size)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def ask(folder: Path, name: str, size: int) -> None:
    """What a child does: its samples as JSON."""
    from sortlang.files import load
    from sortlang.lookup import lookup

    table, _ = load(folder / f"{name}.table")
    assert table
    rule = exact if name == "exact" else mixed
    wanted = {address.replace("*", "x"): target for address, target in map(rule, range(size))}
    many = list(dict.fromkeys((folder / f"{name}.many").read_text().split()))
    find = lookup(table)
    cold = _timed(find.__getitem__, many)
    if wrong := [each for each in many if find[each] != (wanted[each],)]:
        raise Wrong(wrong[0])
    few = many[:1000] * 200
    _timed(find.__getitem__, few)
    samples = {"for the first time": cold, "asked before": _timed(find.__getitem__, few)}
    print(json.dumps({kind: [each.seconds, each.cpu, each.peak, each.amount] for kind, each in samples.items()}))


def _timed(ask: Callable[[str], object], addresses: Sequence[str]) -> Sample:
    import os

    begun, used = perf_counter(), process_time()
    for each in addresses:
        ask(each)
    return Sample(perf_counter() - begun, process_time() - used, peak_of(os.getpid()), len(addresses))


def _hostile(rounds: int) -> list[Work]:
    """Patterns of many `*` and addresses that nearly meet them, the longer the worse."""
    from sortlang.compile import compile_quietly
    from sortlang.lookup import lookup
    from sortlang.source import Source

    works = []
    for length in LENGTHS:
        dice = random.Random(length)
        stars = {"*".join(dice.choice("ab") for _ in range(length // 3)) for _ in range(HOSTILE)}
        text = "".join(f'sort "*{each}*c@ex.com" -> "x@ex.com";\n' for each in sorted(stars))
        rules, _ = compile_quietly(Source("x.sort", f"{text}sort * -> y@ex.com;\n"), lambda *_: [])
        assert rules
        find, samples = lookup(rules), []
        for _ in range(rounds):
            # Others each time: what was asked before is remembered.
            asked = ["".join(dice.choice("ab") for _ in range(length)) + "@ex.com" for _ in range(100)]
            samples.append(_timed(find.__getitem__, asked))
            if any(find[each] != ("y@ex.com",) for each in asked):
                raise Wrong("a hostile address was taken")
        works.append(Work(f"hostile look-ups, {length} letters", "look-ups", (row("sortlang", samples),), length))
        print(told(works[-1]), flush=True)
    return works


def _regex(pattern: str, target: str) -> str:
    return f"/^{pattern.replace('.', '[.]').replace('*', '.*')}$/ {target}"


def _lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{each}\n" for each in lines))


if __name__ == "__main__":
    if sys.argv[1:2] == ["ask"]:
        ask(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        main(choice(__doc__, ("lookup",)))
