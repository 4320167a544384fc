"""What is large goes through without being held in memory: messages, and maildrops of many."""

import asyncio
import sys
from pathlib import Path

import pytest

from dovecot import running
from e2e.office import SORTING, Office, Ran
from wire import listening

pytestmark = pytest.mark.peer
LINE = b"QmFzZSA2NCBtYWtlcyBhIG1lc3NhZ2UgYSB0aGlyZCBsYXJnZXIgdGhhbiBpdCBoYXMgdG8gYmUu\n"
LISTED = 100_000
MIB = 1 << 20

# A process starts with the peak of the one that forked it: a small one must stand between.
MEASURED = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize("size", [200_000_000, pytest.param(1 << 30, marks=pytest.mark.soak)], ids=["200 MB", "1 GiB"])
def test_a_message_arrives_with_less_than_96_mib_of_memory(size: int, tmp_path: Path) -> None:
    head = b"From: a@example.org\nTo: anna@ex.com\nSubject: large\n\n"
    office, count = Office(tmp_path), size // len(LINE) - 2
    with running() as server:
        server.put([head])
        with server.stored()[0].open("ab") as file:
            for _ in range(count):
                file.write(LINE)
        office.write(server, f'server "localhost" port {server.tls_port}; tls ca "{server.ca}"; stamp off;')
        ran = office.run("once", before=(sys.executable, "-c", MEASURED))
    assert "1 delivered" in ran.err, ran.err
    (stored,) = office.state.glob("mail/ex.com/anna/new/*")
    with stored.open("rb") as file:
        assert file.read(len(head)) == head
        assert sum(line == LINE for line in file) == count
    assert needed(ran) < 96 * MIB


def test_a_hundred_thousand_uids_need_less_than_96_mib_at_the_first_poll_and_later(tmp_path: Path) -> None:
    """Uids as long as RFC 1939 lets them be."""
    office = Office(tmp_path)

    async def polled() -> list[Ran]:
        async with listening(_many) as port:
            office.rules.write_text(
                f'account "box" < server "localhost" port {port}; tls off; user "u"; password env "BOX"; start new; >\n'
                + SORTING
            )
            return [
                await asyncio.to_thread(office.run, "once", before=(sys.executable, "-c", MEASURED)) for _ in range(2)
            ]

    ran = asyncio.run(polled())
    assert all(f"{LISTED} listed" in each.err for each in ran), ran
    first, later = map(needed, ran)
    assert first < 96 * MIB, first / MIB
    assert later < 96 * MIB, later / MIB


def needed(ran: Ran) -> int:
    """The peak of its memory, in octets."""
    return int(ran.err.splitlines()[-1]) * 1024


async def _many(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server with so many messages that it lists, and no size of them all that stays the same."""
    uids = "".join(f"{number} {number:070d}\r\n" for number in range(1, LISTED + 1))
    sizes = "".join(f"{number} 3000\r\n" for number in range(1, LISTED + 1))
    octets = LISTED * 3000
    answers = {
        b"CAPA": "+OK\r\nUSER\r\nTOP\r\nUIDL\r\nPIPELINING\r\n.\r\n",
        b"STAT": f"+OK {LISTED} {octets}\r\n",
        b"UIDL": f"+OK\r\n{uids}.\r\n",
        b"LIST": f"+OK\r\n{sizes}.\r\n",
    }
    writer.write(b"+OK\r\n")
    while line := await reader.readline():
        writer.write(answers.get(line.split()[0].upper(), "+OK\r\n").encode())
        await writer.drain()
