"""A poll of a maildrop where everything is kept, against the bare listing: `poll.py`.

Sessions of one process, as a daemon has them, in turn with a client that only logs in and says STAT, UIDL and LIST.
"""

import asyncio
import os
import socket
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from choice import Choice, choice
from fetchers import Job, fetchrun
from harness import Sample, Work, packaged, peak_of, row, save, scratch, told
from mailbag import of_size

import dovecot
from dovecot import USER
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.state import locked
from fetchrun.office import Office
from fetchrun.progress import Silent
from fetchrun.session import session
from sortlang.files import load

COUNT, OCTETS, ROUNDS = 100_000, 600, 15


def polls(job: Job, folder: Path, count: int, rounds: int) -> Work:
    """Takes note of so many messages, or fetches them, once; then each contender polls in turn."""
    fetchrun(folder, job)
    program, _ = load(folder / "rules.sort")
    assert program
    with locked(folder / "state"), closing(Ledger(folder / "state")) as ledger:
        office = Office(program, ledger, folder / "state", time.time, Silent())
        contenders: dict[str, Callable[[], int]] = {
            "bare listing": lambda: listed(job),
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


def listed(job: Job) -> int:
    """How many messages the server lists, asked in one go, as fast as it says so."""
    with socket.create_connection(("localhost", job.port)) as connection:
        _asked(connection, b"", 1)
        _asked(connection, f"USER {job.users[0]}\r\nPASS {job.password}\r\n".encode(), 2)
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


def main(chosen: Choice) -> None:
    """Prints it, and keeps it."""
    count = max(100, int(COUNT * chosen.scale))
    with dovecot.running() as server, scratch() as folder:
        of_size(folder / "bag", count, OCTETS).lay_into(server, USER)
        job = Job(server.plain_port, (USER,), server.password, keep=True, more="start new;")
        work = polls(job, folder, count, ROUNDS)
    print(told(work))
    save("poll", [work], packaged("dovecot-pop3d"), chosen.scale)


if __name__ == "__main__":
    main(choice(__doc__, ("poll",)))
