"""What tests of reliability found, for the tables in docs/reliability.md."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

FOLDER = "RELIABILITY_RESULTS"
"""The environment variable that names the folder; without it nothing is kept."""


@dataclass(frozen=True)
class Result:
    """What one case of a suite came to. Results of the same case add up.

    `points`: how often it was tried; `lost`, `doubled`, `partial`: messages. `figures`: what else was measured, by the
    heading of its column.
    """

    suite: str
    case: str
    points: int = 1
    lost: int = 0
    doubled: int = 0
    partial: int = 0
    passed: bool = True
    figures: dict[str, str | float] = field(default_factory=dict)


def record(result: Result) -> None:
    """Appends it, as one line of JSON, to FOLDER/SUITE.jsonl; several processes may."""
    if folder := os.environ.get(FOLDER):
        Path(folder).mkdir(parents=True, exist_ok=True)
        line = json.dumps(asdict(result), ensure_ascii=False).encode() + b"\n"
        fd = os.open(Path(folder) / f"{result.suite}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(fd, line)
        finally:
            os.close(fd)


def recorded(folder: Path, suite: str) -> list[Result]:
    """The results of a suite, those of one case added up, in the order of their first appearance."""
    found: dict[str, Result] = {}
    path = folder / f"{suite}.jsonl"
    for line in path.read_text().splitlines() if path.exists() else ():
        one = Result(**json.loads(line))
        found[one.case] = _sum(found[one.case], one) if one.case in found else one
    return list(found.values())


def _sum(one: Result, other: Result) -> Result:
    return Result(
        *(one.suite, one.case, one.points + other.points),
        *(one.lost + other.lost, one.doubled + other.doubled, one.partial + other.partial),
        passed=one.passed and other.passed,
        figures=one.figures | other.figures,
    )
