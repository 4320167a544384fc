"""What is asked of a benchmark on its command line: `[PART …] [--scale S] [--rounds N] [--only CONTENDER …]`."""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """`parts` to be done; `scale`: the part of the work; `rounds`: how often each contender runs, at most.

    `only`: the contenders that take part; none named: all.
    """

    parts: tuple[str, ...]
    scale: float
    rounds: int
    only: frozenset[str]

    def sizes(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Those that are not too large for the scale; two at least."""
        return tuple(each for each in sizes if each <= sizes[-1] * self.scale or each in sizes[:2])


def choice(doc: str | None, parts: Iterable[str]) -> Choice:
    """As the command line has it; no part named: all."""
    known = tuple(parts)
    arguments = argparse.ArgumentParser(description=doc)
    arguments.add_argument("parts", nargs="*", choices=[*known, []], help="none: all", metavar="PART")
    arguments.add_argument("--scale", type=float, default=1.0, help="the part of the work, for a quick look")
    arguments.add_argument("--rounds", type=int, default=3, help="how often each contender runs, at most")
    arguments.add_argument("--only", nargs="+", default=(), help="these contenders")
    asked = arguments.parse_args()
    return Choice(tuple(asked.parts) or known, asked.scale, asked.rounds, frozenset(asked.only))
