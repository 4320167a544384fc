"""How long `diff` takes after three edits of ten thousand mixed rules: `python bench/diff.py [RULES]`."""

import sys
from time import perf_counter

from analysis import edited, mixed

from sortlang.build import build
from sortlang.diff import FORMATS, diff, show
from sortlang.diffs.difference import Comparison


def main(count: int) -> None:
    """Print the seconds that the comparison takes, and each format of it."""
    rules = mixed(count)
    old, new = build(rules), build(edited(rules, 3))
    start = perf_counter()
    found = diff(old, new)
    print(f"{count} rules, three edits: {perf_counter() - start:.3f} s, {len(found.changes)} regions")
    for form in FORMATS:
        start = perf_counter()
        size = len(show([Comparison("old", "new", found)], form))
        print(f"  as {form:10} {perf_counter() - start:8.3f} s, {size} characters")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
