"""Pipe: a program that gets a message on its standard input."""

import os
import select
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path
from typing import IO

from fetchrun.delivery import durable
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.load import Load
from fetchrun.delivery.target import ending
from fetchrun.delivery.verdict import Verdict
from fetchrun.printable import printable

DEADLINE = 300.0
OUTPUT = 4096
"""So much of what a program prints is kept; the rest is read and thrown away."""

# sysexits(3): what the program says of this message itself. All else is a fault that an admin can mend.
REFUSALS = {65: "the data is wrong", 67: "no such user", 68: "no such host", 76: "protocol", 77: "not permitted"}
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LOGNAME")


class Pipe:
    """Runs `arguments`, which the rules name word for word, without a shell. 0: delivered; 65, 67, 68, 76, 77: refused
    for good; everything else, a signal too: later again.
    """

    def __init__(self, arguments: tuple[str, ...], deadline: float = DEADLINE) -> None:
        self._arguments = arguments
        self._deadline = deadline

    def hand(self, load: Load, copies: Sequence[Copy]) -> Iterator[Verdict]:
        """See Receiver; one run for each copy."""
        for copy in copies:
            with _standard_input(load, copy) as message:
                status, said = self._run(message, _environment(load, copy))
            yield self._verdict(copy, status, said)

    def close(self) -> None:
        """Nothing stays open."""

    def _run(self, message: FileIO, environment: dict[str, str]) -> tuple[int | None, str]:
        """The exit status, None if the deadline has passed, and what the program printed. Nothing of it lives on."""
        try:
            process = subprocess.Popen(
                self._arguments,
                stdin=message,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            return 127, f"cannot be started: {(error.strerror or str(error)).lower()}"
        printed = bytearray()
        assert process.stdout
        reader = threading.Thread(target=_drained, args=(process.stdout, printed), daemon=True)
        reader.start()
        in_time = _ended(process.pid, self._deadline)
        # Not yet reaped, so the number of the group is still its own.
        os.killpg(process.pid, signal.SIGKILL)
        status = process.wait()
        reader.join(1.0)
        return status if in_time else None, printable(bytes(printed).strip())

    def _verdict(self, copy: Copy, status: int | None, said: str) -> Verdict:
        if status == 0:
            return Verdict(copy, "accepted")
        told = f": {said}" if said else ""
        name = Path(self._arguments[0]).name
        if status is None:
            return Verdict(copy, "deferred", f"{name} did not end within {self._deadline:g} seconds{told}")
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        how += f" ({REFUSALS[status]})" if status in REFUSALS else ""
        return Verdict(copy, "failed" if status in REFUSALS else "deferred", f"{name} {how}{told}")


def _standard_input(load: Load, copy: Copy) -> FileIO:
    """A file, so that nobody waits for a program that does not read."""
    made = None
    try:
        made = durable.nameless(load.spool)
        durable.write(made, copy.stamp)
        for block in load.blocks():
            durable.write(made, block)
        made.seek(0)
    except OSError as error:
        if made:
            made.close()
        raise ending(error, "a file for the program") from error
    return made


def _environment(load: Load, copy: Copy) -> dict[str, str]:
    """What the program is told of the message: fixed names, and no other way."""
    return {name: os.environ[name] for name in KEPT if name in os.environ} | {
        "SENDER": load.letter.sender,
        "RECIPIENT": copy.addresses[0],
        "ORIGINAL_RECIPIENT": " ".join(copy.recipients),
        "CLIENT_ADDRESS": load.letter.client.address if load.letter.client else "",
    }


def _drained(output: IO[bytes], kept: bytearray) -> None:
    with output:
        while block := output.read1(1 << 16):  # type: ignore[attr-defined]
            kept += block[: max(0, OUTPUT - len(kept))]


def _ended(pid: int, deadline: float) -> bool:
    """Whether the process has ended within so many seconds; it is not reaped (pidfd_open(2))."""
    fd = os.pidfd_open(pid)
    try:
        waiting = select.poll()
        waiting.register(fd, select.POLLIN)
        return bool(waiting.poll(deadline * 1000))
    finally:
        os.close(fd)
