"""The delivery protocol survives every fault, wherever it falls; and every part of it is needed."""

from collections import Counter
from typing import get_args

import pytest

from model.explore import Exploration
from model.protocol import Protocol
from model.world import Reader
from reliability.results import Result, record

FAULTS = 2
ALL = frozenset({"file", "tmp", "new"})
PROTOCOLS = {"message by message": Protocol(), "in one group commit": Protocol(batch=2)}
MUTANTS = {
    "link and unlink instead of rename": (Protocol(publishes_by="link"), "doubled"),
    "files are not flushed": (Protocol(flushes=ALL - {"file"}), "partial"),
    "tmp/ is not flushed": (Protocol(flushes=ALL - {"tmp"}), "lost"),
    "new/ is not flushed": (Protocol(flushes=ALL - {"new"}), "lost"),
    "nothing is staged": (Protocol(stages=False), "doubled"),
    "a new name at each try": (Protocol(same_names=False), "leftover"),
}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_G2_no_schedule_of_two_faults_loses_doubles_or_shows_a_part(name: str) -> None:
    found = _explored(PROTOCOLS[name])
    _recorded("model", name, found, passed=set(found) == {"good"})
    assert set(found) == {"good"}
    assert found["good"] > 10_000


@pytest.mark.parametrize("name", MUTANTS)
def test_G2_without_any_part_of_the_protocol_something_goes_wrong(name: str) -> None:
    protocol, wrong = MUTANTS[name]
    found = _explored(protocol)
    _recorded("mutants", name, found, passed=found[wrong] > 0)
    assert found[wrong]
    assert not found["stuck"]


def _explored(protocol: Protocol) -> Counter[str]:
    return sum((Exploration(protocol, reader).result(FAULTS) for reader in get_args(Reader)), Counter())


def _recorded(suite: str, name: str, found: Counter[str], *, passed: bool) -> None:
    numbers = (found["lost"], found["doubled"], found["partial"])
    record(Result(suite, name, found.total(), *numbers, passed, {"left in tmp/": found["leftover"]}))
