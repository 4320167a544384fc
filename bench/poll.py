"""A poll of a maildrop where everything is kept, against the bare listing: `poll.py [quick]`.

Sessions of one process, as a daemon has them, in turn with a client that only logs in and says STAT, UIDL and LIST.
"""

import asyncio
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from fetchers import Job, fetchrun
from harness import Sample, Work, packaged, peak_of, row, save, scratch, told
from mailbag import of_size

import dovecot
from dovecot import USER, Dovecot
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.state import locked
from fetchrun.office import Office
from fetchrun.progress import Silent
from fetchrun.session import session
from sortlang.files import load

COUNT, OCTETS, ROUNDS = 100_000, 600, 15


def polls(server: Dovecot, folder: Path, count: int, rounds: int) -> Work:
    """Fetches so many messages once; then each contender polls in turn."""
    of_size(folder / "bag", count, OCTETS).lay_into(server, USER)
    fetchrun(folder, Job(server.plain_port, (USER,), server.password, keep=True))
    program, _ = load(folder / "rules.sort")
    assert program
    with locked(folder / "state"), closing(Ledger(folder / "state")) as ledger:
        office = Office(program, ledger, folder / "state", time.time, Silent())
        contenders: dict[str, Callable[[], int]] = {
            "bare listing": lambda: listed(server),
            "fetchrun, all listed": lambda: _polled(office, anew=True),
            "fetchrun, nothing changed": lambda: _polled(office, anew=False),
        }
        samples: dict[str, list[Sample]] = {name: [] for name in contenders}
        assert _polled(office, anew=True) == count
        for number in range(rounds * len(contenders)):
            name = list(contenders)[number % len(contenders)]
            samples[name].append(_sample(contenders[name], count))
    return Work(f"polls, {count:,} kept", "polls", tuple(row(*each) for each in samples.items()))


def _sample(work: Callable[[], int], count: int) -> Sample:
    wall, cpu = time.perf_counter(), time.process_time()
    assert work() == count
    return Sample(time.perf_counter() - wall, time.process_time() - cpu, peak_of(os.getpid()), 1.0)


def _polled(office: Office, anew: bool) -> int:
    """How many messages the session saw; `anew`: what the last one learned of the maildrop's size is forgotten."""
    if anew:
        with office.ledger.database.writing() as write:
            write.execute("DELETE FROM calm")
    summary = asyncio.run(session(office.program.accounts[0], office))
    assert summary.trouble is None, summary.trouble
    return summary.listed


def listed(server: Dovecot) -> int:
    """How many messages the server lists, asked in one go, as fast as it says so."""
    with socket.create_connection((server.host, server.plain_port)) as connection:
        _asked(connection, b"", 1)
        _asked(connection, f"USER {USER}\r\nPASS {server.password}\r\n".encode(), 2)
        connection.sendall(b"STAT\r\nUIDL\r\nLIST\r\n")
        said, ends = bytearray(), 0
        while ends < 2:
            at = max(0, len(said) - 4)
            said += connection.recv(1 << 18)
            ends += said.count(b"\r\n.\r\n", at)
        _asked(connection, b"QUIT\r\n", 1)
    return said.count(b"\n") // 2 - 2


def _asked(connection: socket.socket, words: bytes, answers: int) -> None:
    connection.sendall(words)
    said = b""
    while said.count(b"\n") < answers:
        said += connection.recv(1 << 16)


def main(chosen: Sequence[str]) -> None:
    """Only a whole run is kept."""
    quick = "quick" in chosen
    with dovecot.running() as server, scratch() as folder:
        work = polls(server, folder, COUNT // 20 if quick else COUNT, 5 if quick else ROUNDS)
    print(told(work))
    if not quick:
        save("poll", [work], packaged("dovecot-pop3d"))


if __name__ == "__main__":
    main(sys.argv[1:])
