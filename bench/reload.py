"""An edit of one line: the new rules, compiled as a whole and amended."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

from choice import Choice, choice
from compile import ACCOUNT, exact
from harness import Sample, Work, Wrong, peak_of, row, save, scratch, told

from sortlang.address import Address
from sortlang.doors.traced import Loaded, retrace, trace

SIZES = (1_000, 10_000, 100_000, 1_000_000)


def main(chosen: Choice) -> None:
    """Prints all, and keeps it."""
    works = [_reload(size, chosen.rounds) for size in chosen.sizes(SIZES)]
    save("reload", works, {}, chosen.scale)


def _reload(size: int, rounds: int) -> Work:
    """Other lines in each round, some far from each other; read from the file every time."""
    with scratch() as folder:
        file = folder / "x.sort"
        lines = [f'sort "{left}" -> "{right}";\n' for left, right in map(exact, range(size))]
        _write(file, lines)
        base = trace(file)
        if base.program is None or not base.program.digest:
            raise Wrong("errors in sound rules")
        whole, amended = [], []
        for number in range(1, size - 1, max(1, size // rounds)):
            _write(file, [*lines[:number], 'sort "new@example.com" -> "x@example.com";\n', *lines[number + 1 :]])
            whole.append(_timed(partial(trace, file)))
            amended.append(_timed(partial(retrace, base)))
    work = Work(
        f"one line edited among {size:,}", "edits", (row("compiled", whole), row("amended", amended)), float(size)
    )
    print(told(work), flush=True)
    return work


def _timed(read: Callable[[], Loaded | None]) -> Sample:
    begun, used = perf_counter(), process_time()
    loaded = read()
    sample = Sample(perf_counter() - begun, process_time() - used, peak_of(os.getpid()), 1)
    if loaded is None or loaded.program is None:
        raise Wrong("no program")
    found = loaded.program.route(Address.parse("new@example.com"))
    if [str(each.address) for each in found.destinations] != ["x@example.com"]:
        raise Wrong("the edit is not in force")
    return sample


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("".join([ACCOUNT, *lines]))


if __name__ == "__main__":
    main(choice(__doc__, ("reload",)))
