"""The power fails at the n-th system call: what was not flushed is lost, and the next run makes everything good."""

import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import pytest

from reliability.disk import FILE_SYSTEMS, Disk, FileSystem, made
from reliability.points import points
from reliability.program import Program, loaded
from reliability.provider import Provider
from reliability.results import Result, record
from reliability.trial import READERS, Judgement, Trial, laid_out

Ledger = Literal["beside the mail", "on another disk"]
LEDGERS: tuple[Ledger, ...] = ("beside the mail", "on another disk")
CALLS = ("fsync", "fdatasync", "renameat2", "mkdir", "mkdirat", "linkat", "unlink", "unlinkat", "write", "sendto")
"""Between two of these nothing changes that a power cut would show."""

IN_CI = 8
MUTANTS = {
    "without a flush of files": "durable.flush_files = lambda files: tuple(None for _ in files)",
    "without a flush of new/": """
flush = durable.flush_folder
durable.flush_folder = lambda path: None if path.name == "new" else flush(path)
""",
}


@pytest.fixture
def disks(folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Where the images are; what a failure has left mounted is let go."""
    place = folder / "disks"
    place.mkdir()
    yield place
    shutil.rmtree(place)


def test_F83_after_some_power_cuts(program: Program, provider: Provider, folder: Path, disks: Path) -> None:
    bench = _Bench("ext4", "on another disk", program, provider, folder, disks)
    assert bench.cut(bench.points()[::IN_CI]) == []


@pytest.mark.soak
@pytest.mark.parametrize("ledger", LEDGERS)
@pytest.mark.parametrize("system", FILE_SYSTEMS)
def test_F83_after_power_cuts(
    system: FileSystem, ledger: Ledger, program: Program, provider: Provider, folder: Path, disks: Path
) -> None:
    bench = _Bench(system, ledger, program, provider, folder, disks)
    assert bench.cut(bench.points(), keep=True) == []


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_F83_with_a_flush_less_mail_would_be_lost(mutant: str, provider: Provider, folder: Path, disks: Path) -> None:
    with loaded(f"from fetchrun.delivery import durable\n{mutant}") as program:
        bench = _Bench("ext4", "on another disk", program, provider, folder, disks)
        assert bench.cut([("sendto", n) for n in range(14, 3, -1)], until_bad=True)


class _Bench:
    """One file system, one place for the ledger, the program: where power fails again and again."""

    def __init__(
        self, system: FileSystem, ledger: Ledger, program: Program, provider: Provider, folder: Path, disks: Path
    ) -> None:
        self.system, self.ledger, self.program = system, ledger, program
        self.provider, self.folder, self.disks = provider, folder, disks
        names = ("mail",) if ledger == "beside the mail" else ("mail", "state")
        self.fresh = [made(system, disks / "fresh", name) for name in names]

    def points(self) -> list[tuple[str, int]]:
        """As `points`, for a run that delivers into two Maildirs."""
        return points(self.program, "two Maildirs", self.folder / "dry", self.provider, CALLS)

    def cut(self, every: Sequence[tuple[str, int]], *, keep: bool = False, until_bad: bool = False) -> list[object]:
        """The points after which something was not as it should be."""
        bad: list[object] = []
        for point in every:
            judgement = self._cut(point)
            if judgement is None:
                continue  # the run ended before
            if not judgement.good:
                bad.append((point, judgement))
            if keep:
                numbers = (judgement.lost, judgement.doubled, judgement.partial)
                record(Result("power", f"{self.system}, the ledger {self.ledger}", 1, *numbers, passed=judgement.good))
            if bad and until_bad:
                break
        return bad

    def _cut(self, point: tuple[str, int]) -> Judgement | None:
        used = [
            Disk(each.system, self.disks / f"{each.mount.name}.img", self.disks / each.mount.name)
            for each in self.fresh
        ]
        after = [Disk(each.system, each.image.with_suffix(".cut"), each.mount) for each in used]
        state = self.disks / ("state" if len(used) == 2 else "mail") / "fetchrun"
        with laid_out("two Maildirs", self.folder / "trial", self.provider, state, self.disks / "mail" / "of") as trial:
            for old, new in zip(self.fresh, used, strict=True):
                old.copied(new.image)
            if not self._stopped(point, trial, used, after):
                return None
            with ExitStack() as stack:
                for each in after:
                    stack.enter_context(each.mounted())
                judgement = self._recovered(point, trial)
            for each in after:
                each.check()
        return judgement

    def _stopped(self, point: tuple[str, int], trial: Trial, used: Sequence[Disk], after: Sequence[Disk]) -> bool:
        """Whether the run came to that point. Then `after` is what the disks held at this moment."""
        call, n = point
        with ExitStack() as stack:
            for each in used:
                stack.enter_context(each.mounted())
            options = ("-e", f"trace={call}", "-e", f"inject={call}:signal=STOP:when={n}")
            run = self.program.start(["once", *trial.words], trial.folder, options)
            if not self.program.stopped():
                assert self.program.ended(trial.folder).status == 0
                return False
            for each, cut in zip(used, after, strict=True):
                each.copied(cut.image)
            os.kill(run, signal.SIGKILL)
            while self.program.stopped():
                pass
        return True

    def _recovered(self, point: tuple[str, int], trial: Trial) -> Judgement:
        trial.read(READERS[point[1] % len(READERS)])
        early = trial.judged(final=False)
        again = self.program.run(["once", *trial.words], trial.folder)
        assert again.status == 0, f"{point}: {again.printed}"
        late = trial.judged(final=True)
        return Judgement(late.lost, late.doubled, early.partial + late.partial)
