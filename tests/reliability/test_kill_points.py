"""Killed at the n-th system call, and run again: nothing lost, nothing twice in a Maildir, nothing partial."""

from pathlib import Path

import pytest

from reliability.points import points
from reliability.program import Program, loaded, need_strace
from reliability.provider import Provider
from reliability.results import Result, record
from reliability.trial import READERS, TARGETS, Judgement, Reader, Target, laid_out

pytestmark = pytest.mark.peer
SAMPLE = 31
"""In CI one point in so many."""

LINKS = """
import os
from fetchrun.delivery import durable
durable.move = lambda source, destination: (os.link(source, destination), os.unlink(source))
"""


@pytest.mark.parametrize("target", TARGETS)
def test_F79_killed_at_some_system_calls(target: Target, program: Program, provider: Provider, folder: Path) -> None:
    every = points(program, target, folder / "dry", provider)
    _killed_at(every[TARGETS.index(target) :: SAMPLE], target, program, provider, folder)


@pytest.mark.soak
@pytest.mark.parametrize("target", TARGETS)
def test_F79_killed_at_every_system_call(target: Target, program: Program, provider: Provider, folder: Path) -> None:
    _killed_at(points(program, target, folder / "dry", provider), target, program, provider, folder, keep=True)


def test_F79_with_link_and_unlink_instead_of_the_rename_mail_would_come_twice(provider: Provider, folder: Path) -> None:
    need_strace()
    with loaded(LINKS) as mutant:
        killed = [
            _killed(("unlink", n), "Maildir", mutant, provider, folder, "a reader deletes it") for n in range(1, 10)
        ]
    assert any(judgement.doubled for judgement, _ in killed)


def _killed_at(
    every: list[tuple[str, int]],
    target: Target,
    program: Program,
    provider: Provider,
    folder: Path,
    keep: bool = False,
) -> None:
    bad = []
    for point in every:
        judgement, killed = _killed(point, target, program, provider, folder)
        if not judgement.good:
            bad.append((point, judgement))
        if keep and killed:
            _record(target, judgement)
    assert every and bad == []


def _killed(
    point: tuple[str, int],
    target: Target,
    program: Program,
    provider: Provider,
    folder: Path,
    reader: Reader | None = None,
) -> tuple[Judgement, bool]:
    """What came of it in the end, and whether it was killed at all: the n-th call may not have come."""
    call, n = point
    with laid_out(target, folder / "trial", provider) as trial:
        options = ("-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={n}")
        ran = program.run(["once", *trial.words], trial.folder, options)
        trial.read(reader or READERS[n % len(READERS)])
        early = trial.judged(final=False)
        if ran.status >= 0:
            program.run(["retry", *trial.words], trial.folder)  # a program that we ran was killed in our place
        again = program.run(["once", *trial.words], trial.folder)
        late = trial.judged(final=True)
        assert again.status == 0, f"{point}: {again.printed}"
        assert trial.leftovers() == []
    return Judgement(late.lost, late.doubled, early.partial + late.partial, late.again), "killed by" in ran.traced


def _record(target: Target, judgement: Judgement) -> None:
    numbers = (judgement.lost, judgement.doubled, judgement.partial)
    record(Result("kill", target, 1, *numbers, passed=judgement.good))
