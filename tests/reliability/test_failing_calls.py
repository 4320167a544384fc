"""The n-th system call fails, once or from then on: one clear line, and the next run makes everything good."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from reliability.points import points
from reliability.program import Ended, Program
from reliability.provider import Provider
from reliability.results import Result, record
from reliability.trial import TARGETS, Judgement, Target, laid_out

pytestmark = pytest.mark.peer
SAMPLE, IN_CI = 7, 113
"""One fault in so many: of all, and of all in CI."""

LOST = "retval=1048576"
"""A write that is said to have been done and was not."""

FAULTS = {
    "write": ("error=ENOSPC", "error=EIO", LOST),
    "pwrite64": ("error=ENOSPC", "error=EIO"),
    "sendfile": ("error=ENOSPC", "error=EIO"),
    "fsync": ("error=EIO", "error=ENOSPC"),
    "fdatasync": ("error=EIO",),
    "openat": ("error=EMFILE", "error=ENOSPC"),
    "mkdir": ("error=ENOSPC",),
    "mkdirat": ("error=ENOSPC",),
    "linkat": ("error=ENOSPC", "error=EMLINK"),
    "renameat2": ("error=EIO", "error=ENOSPC"),
    "ftruncate": ("error=EIO",),
    "utimensat": ("error=EIO",),
    "unlink": ("error=EIO",),
    "unlinkat": ("error=EIO",),
    "connect": ("error=EMFILE",),
}
ENDINGS = (0, 1, 75)
"""All is well; an account had trouble or mail is owed; the state folder cannot be used now."""

Fault = tuple[str, str, str]
"""System call, what becomes of it, and when."""


@pytest.mark.parametrize("target", TARGETS)
def test_F62_to_F69_some_calls_that_fail(target: Target, program: Program, provider: Provider, folder: Path) -> None:
    _failing(
        _faults(target, program, provider, folder)[TARGETS.index(target) :: IN_CI], target, program, provider, folder
    )


def test_F88_what_nobody_takes_that_it_prints_holds_up_no_mail(
    program: Program, provider: Provider, folder: Path
) -> None:
    with laid_out("Maildir", folder / "trial", provider) as trial:
        fault = ("-P", str(trial.folder / "printed"), "-e", "trace=write", "-e", "inject=write:error=ENOSPC")
        ran = program.run(["once", *trial.words], trial.folder, fault)
        assert "(INJECTED)" in ran.traced
        assert ran.printed == ""
        assert trial.judged(final=True) == Judgement()


@pytest.mark.soak
@pytest.mark.parametrize("target", TARGETS)
def test_F62_to_F69_calls_that_fail(target: Target, program: Program, provider: Provider, folder: Path) -> None:
    every = _faults(target, program, provider, folder)
    _failing(every[TARGETS.index(target) % SAMPLE :: SAMPLE], target, program, provider, folder, keep=True)


def _faults(target: Target, program: Program, provider: Provider, folder: Path) -> list[Fault]:
    every = points(program, target, folder / "dry", provider, tuple(FAULTS))
    # What the program that we run believes to have written is its own affair.
    ours = {call: [how for how in some if how != LOST or target != "program"] for call, some in FAULTS.items()}
    return [(call, how, f"{n}{on}") for call, n in every for how in ours[call] for on in ("", "+")]


def _failing(
    faults: Iterable[Fault], target: Target, program: Program, provider: Provider, folder: Path, keep: bool = False
) -> None:
    bad = []
    for fault in faults:
        judgement, ran, again = _failed(fault, target, program, provider, folder)
        # It could write nowhere, so it could not say it; or wrote more than it had, which no stream does.
        mute = (fault[0] == "write" and fault[2].endswith("+")) or "returned invalid length" in ran.printed
        good = judgement.good and (mute or _clear(ran)) and again.status == 0
        if not good:
            bad.append(f"{fault}: {judgement}, {ran.status}: {ran.printed}\n{again.status}: {again.printed}")
        if keep and "(INJECTED)" in ran.traced:
            numbers = (judgement.lost, judgement.doubled, judgement.partial)
            record(Result("failing", f"{fault[0]}: {_named(fault[1])}", 1, *numbers, passed=good))
    assert bad == []


def _failed(
    fault: Fault, target: Target, program: Program, provider: Provider, folder: Path
) -> tuple[Judgement, Ended, Ended]:
    """What came of it in the end, how the run with the fault ended, and the one after it."""
    call, how, when = fault
    with laid_out(target, folder / "trial", provider) as trial:
        ran = program.run(
            ["once", *trial.words], trial.folder, ("-e", f"trace={call}", "-e", f"inject={call}:{how}:when={when}")
        )
        early = trial.judged(final=False)
        program.run(["retry", *trial.words], trial.folder)  # what was put off need not be waited for
        (trial.folder / "printed").unlink()
        again = program.run(["once", *trial.words], trial.folder)
        late = trial.judged(final=True)
    return Judgement(late.lost, late.doubled, early.partial + late.partial), ran, again


def _clear(ran: Ended) -> bool:
    """It ends as it may, says something if it does, and never shows its insides."""
    return ran.status in ENDINGS and "Traceback" not in ran.printed and (ran.status == 0 or bool(ran.printed.strip()))


def _named(how: str) -> str:
    return "lost, and said to be done" if how == LOST else how.removeprefix("error=")
