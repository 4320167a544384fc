"""The harness: contenders do the same work in turn, each as whole processes; medians, and what they cost."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

RESULTS = Path(os.environ.get("BENCH_RESULTS") or Path(__file__).parent / "results")
ROOT = Path(__file__).parent.parent
OURS = ("fetchrun", "sortlang")
TRIES = 3


class Wrong(Exception):
    """A contender's output is not what it should be: its time means nothing."""


@dataclass(frozen=True, slots=True)
class Contender:
    """`prepare` makes everything ready in an empty folder and gives the commands, to be started together.

    `check` says how much work was done, in the unit of the Work, from that folder and what the commands printed; raises
    Wrong. `rounds`: how often it is run at most, for those that take minutes.
    """

    name: str
    prepare: Callable[[Path], Sequence[Sequence[str]]]
    check: Callable[[Path, bytes], float]
    rounds: int = 1_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: wall-clock and processor seconds of all its processes, their peak memory in bytes, the work done."""

    seconds: float
    cpu: float
    peak: int
    amount: float

    @property
    def rate(self) -> float:
        return self.amount / self.seconds


@dataclass(frozen=True, slots=True)
class Row:
    """A contender's medians over `samples` runs, `spread` being (slowest - fastest) / median of the rates."""

    contender: str
    seconds: float
    rate: float
    cpu: float
    cpu_per_unit: float
    peak: int
    samples: int
    spread: float


@dataclass(frozen=True, slots=True)
class Work:
    """One work and who did it how fast. `at`: its place on the axis of a plot, where it is one of several."""

    name: str
    unit: str
    rows: tuple[Row, ...]
    at: float | None = None


def measured(name: str, unit: str, contenders: Iterable[Contender], rounds: int, at: float | None = None) -> Work:
    """Runs each contender `rounds` times, interleaved, so that other load hits all alike; tells of it.

    A peer that goes wrong again and again is told of and left out; if ours does at all, that raises Wrong.
    """
    contenders = list(contenders)
    samples: dict[str, list[Sample]] = {each.name: [] for each in contenders}
    for number in range(rounds):
        for each in contenders[number % len(contenders) :] + contenders[: number % len(contenders)]:
            if each.name in samples and len(samples[each.name]) < each.rounds:
                if found := _sampled(each):
                    samples[each.name].append(found)
                else:
                    del samples[each.name]
    work = Work(name, unit, tuple(row(contender, some) for contender, some in samples.items()), at)
    print(told(work), flush=True)
    return work


def _sampled(contender: Contender) -> Sample | None:
    """One run; of a peer one of a few, for it may have a bad moment: getmail6 can miss that its child has ended."""
    if contender.name.startswith(OURS):
        return sample(contender)
    for _ in range(TRIES):
        try:
            return sample(contender)
        except Wrong as wrong:
            print(f"  went wrong: {wrong}", flush=True)
    return None


def sample(contender: Contender) -> Sample:
    """One run, in a folder of its own that is then removed. Raises Wrong."""
    with scratch() as folder:
        commands = contender.prepare(folder)
        seconds, cpu, peak, output = _run(commands, folder)
        try:
            amount = contender.check(folder, output)
        except Wrong as wrong:
            raise Wrong(f"{contender.name}: {wrong}\n{output[-2000:].decode(errors='replace')}") from wrong
        return Sample(seconds, cpu, peak, amount)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for one run; in BENCH_SCRATCH, if that is set."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=os.environ.get("BENCH_SCRATCH")))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def told(work: Work) -> str:
    """The rows as lines of text, with each one's rate as a part of the best."""
    best = max(each.rate for each in work.rows)
    lines = [f"{work.name} ({work.unit}/s)"]
    for each in work.rows:
        cost = f"CPU {each.cpu:7.2f} s  peak {each.peak / 1e6:6.1f} MB  {each.samples} runs, spread {each.spread:.0%}"
        lines.append(f"  {each.contender:24}{each.rate:12.1f}  {each.rate / best:5.2f} of the best  {cost}")
    return "\n".join(lines)


def save(bench: str, works: Sequence[Work], versions: dict[str, str], scale: float = 1.0) -> None:
    """Writes results/BENCH.json, from which the documentation's tables are made. `scale`: the part of the work done."""
    RESULTS.mkdir(exist_ok=True)
    about = {"bench": bench, "scale": scale, "machine": machine(), "versions": versions}
    found = {**about, "works": [asdict(each) for each in works]}
    (RESULTS / f"{bench}.json").write_text(json.dumps(found, indent=1) + "\n")


def machine() -> dict[str, str]:
    """What this was measured on; nothing by which the machine could be told from another of its kind."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), platform.machine())
    with scratch() as folder:
        asked = subprocess.run(["df", "--output=fstype", folder], capture_output=True, text=True, check=True)
        kind = asked.stdout.splitlines()[-1]
    return {
        "processor": f"{os.cpu_count()} × {processor}",
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "kernel": platform.release().split("-")[0],
        "file system": kind.strip(),
        "python": platform.python_version(),
        "load": f"{os.getloadavg()[1]:.0f}",
        "date": datetime.now(UTC).date().isoformat(),
    }


def packaged(*names: str) -> dict[str, str]:
    """The versions of Debian's packages; those that are not installed are left out."""
    found = {}
    for name in names:
        asked = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True)
        if asked.returncode == 0:
            found[name] = asked.stdout
    return found


def program(name: str) -> str:
    """A program of ours, from the environment that runs this."""
    return str(Path(sys.executable).parent / name)


def _run(commands: Sequence[Sequence[str]], folder: Path) -> tuple[float, float, int, bytes]:
    """(seconds, processor seconds, peak bytes, output) of commands that run together; Wrong if one fails."""
    environment = {**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder), "PYTHONDONTWRITEBYTECODE": ""}
    with (folder / "output").open("w+b") as output:
        begun = time.perf_counter()
        running = [
            subprocess.Popen(each, stdout=output, stderr=subprocess.STDOUT, cwd=folder, env=environment)
            for each in commands
        ]
        with _watched([each.pid for each in running]) as peaks:
            ended = [os.wait4(each.pid, 0) for each in running]
            seconds = time.perf_counter() - begun
        for process, (_, status, _) in zip(running, ended, strict=True):
            process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if any(each.returncode for each in running):
        raise Wrong(f"{' '.join(commands[0])} failed: {said[-2000:].decode(errors='replace')}")
    return seconds, sum(usage.ru_utime + usage.ru_stime for _, _, usage in ended), sum(peaks.values()), said


@contextmanager
def _watched(processes: Sequence[int]) -> Iterator[dict[int, int]]:
    """The peak of each process's resident memory. The kernel's own count, in `ru_maxrss`, begins with ours."""
    peaks, over = dict.fromkeys(processes, 0), threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            for each in processes:
                peaks[each] = max(peaks[each], peak_of(each))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def peak_of(process: int) -> int:
    """Of the process and those that it has started and that run now."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return 0  # it has just ended
    own = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)
    return own + sum(peak_of(int(each)) for each in children)


def row(contender: str, samples: Sequence[Sample]) -> Row:
    """The medians of some runs."""
    rates = [each.rate for each in samples]
    return Row(
        contender,
        seconds=median(each.seconds for each in samples),
        rate=median(rates),
        cpu=median(each.cpu for each in samples),
        cpu_per_unit=median(each.cpu / each.amount for each in samples),
        peak=int(median(each.peak for each in samples)),
        samples=len(samples),
        spread=(max(rates) - min(rates)) / median(rates),
    )
