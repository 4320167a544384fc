"""The system calls of a run at which something may be done to it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from reliability.program import Program, calls
from reliability.provider import Provider
from reliability.trial import Target, Trial, laid_out

# What changes anything outside of the process, or waits for somebody who does.
CHANGING = (
    *("openat", "mkdir", "mkdirat", "write", "pwrite64", "sendfile", "ftruncate", "fchown", "utimensat", "close"),
    *("fsync", "fdatasync", "link", "linkat", "renameat2", "unlink", "unlinkat", "flock", "getdents64"),
    *("connect", "sendto", "recvfrom", "clone3", "vfork", "pidfd_open", "kill", "wait4"),
)


def points(
    program: Program, target: Target, folder: Path, provider: Provider, among: Sequence[str] = CHANGING
) -> list[tuple[str, int]]:
    """(system call, n) for every n-th one of a thread, as strace counts, from the first on that concerns the state."""
    with laid_out(target, folder, provider) as trial:
        ran = program.run(["once", *trial.words], trial.folder, ("-e", f"trace={','.join(among)}"))
        assert ran.status == 0, ran.printed
        return list(_counted(ran.traced, trial))


def _counted(traced: str, trial: Trial) -> Iterator[tuple[str, int]]:
    before = Counter(calls(traced[: traced.index(str(trial.state))]))
    first = Counter({call: count for (_, call), count in before.items()})
    last: Counter[str] = Counter()
    for (_, call), count in Counter(calls(traced)).items():
        last[call] = max(last[call], count)
    for call in sorted(last):
        yield from ((call, n) for n in range(max(1, first[call]), last[call] + 1))
