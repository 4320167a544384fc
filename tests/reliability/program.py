"""The real program, loaded once: each run of it is a fork, and strace may be at it from its first step on."""

import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

FORKING = Path(__file__).with_name("forking.py")
PATIENCE = 120.0


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit status, negative for a signal, what it printed, and what strace wrote."""

    status: int
    printed: str
    traced: str = ""


@contextmanager
def loaded(prelude: str = "") -> Iterator["Program"]:
    """The program; `prelude` is Python that changes something in it, to see whether tests notice."""
    command = (sys.executable, str(FORKING), prelude)
    environment = os.environ | {"PYTHONPATH": str(Path("src").absolute()), "LC_ALL": "C.UTF-8", "BOX": "secret"}
    # Without buffers: `select` knows nothing of what lies in one.
    process = subprocess.Popen(command, env=environment, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        program = Program(process)
        try:
            yield program
        finally:
            program.end()


class Program:
    """See `loaded`."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._pid: int | None = None

    def run(self, words: Sequence[str], folder: Path, strace: Sequence[str] = ()) -> Ended:
        """Runs it to its end; `strace`: with these options of strace(1)."""
        run = self.start(words, folder, strace)
        while self.stopped():
            os.kill(run, signal.SIGCONT)
        return self.ended(folder)

    def start(self, words: Sequence[str], folder: Path, strace: Sequence[str] = ()) -> int:
        """Begins a run and gives its process; what it and strace print goes into files in `folder`."""
        self._say({"words": list(words), "printed": str(folder / "printed"), "waits": bool(strace)})
        self._pid = pid = int(self._hear()["began"])
        (folder / "traced").unlink(missing_ok=True)
        if strace:
            assert "stopped" in self._hear()
            _attach(pid, folder / "traced", strace)
            os.kill(pid, signal.SIGCONT)
        return pid

    def stopped(self) -> bool:
        """Waits until the run has stopped, or ended: then False, and `ended` tells how."""
        self._heard = self._hear()
        if "ended" in self._heard:
            self._pid = None
        return "stopped" in self._heard

    def ended(self, folder: Path) -> Ended:
        """How the run that is over went."""
        traced = folder / "traced"
        return Ended(
            int(self._heard["ended"]),
            (folder / "printed").read_text(errors="replace"),
            traced.read_text(errors="replace") if traced.exists() else "",
        )

    def end(self) -> None:
        """No more runs; one that is under way is killed."""
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)
        assert self._process.stdin
        self._process.stdin.close()

    def _say(self, order: dict[str, object]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()

    def _hear(self) -> dict[str, int]:
        assert self._process.stdout
        if not select.select([self._process.stdout], [], [], PATIENCE)[0]:
            pytest.fail("the program does not end")
        return dict(json.loads(self._process.stdout.readline()))


def need_strace() -> None:
    """Skips where strace cannot trace; in CI `peers` makes that a failure."""
    try:
        done = subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], capture_output=True)
    except FileNotFoundError:
        pytest.skip("strace is not installed")
    if done.returncode:
        pytest.skip(f"strace cannot trace: {done.stderr.decode().strip()}")


def calls(traced: str) -> Iterator[tuple[str, str]]:
    """(thread, system call) for each line of strace; one that was resumed counts where it began."""
    for found in re.finditer(r"^(\d+) +([a-z_0-9]+)\(", traced, re.MULTILINE):
        yield found[1], found[2]


def _attach(pid: int, traced: Path, options: Sequence[str]) -> None:
    command = ("strace", "-f", "-o", str(traced), *options, "-p", str(pid))
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE)  # ends with the process that it traces
    assert tracer.stderr
    line = tracer.stderr.readline()
    assert b"attached" in line, line
    _LEFT.append(tracer)
    while _LEFT and _LEFT[0].poll() is not None:
        _LEFT.pop(0).communicate()


_LEFT: "list[subprocess.Popen[bytes]]" = []
