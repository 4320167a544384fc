"""A message of 200 MB goes through without being held in memory."""

import sys
from pathlib import Path

import pytest

from dovecot import running
from e2e.office import Office

pytestmark = pytest.mark.peer
LINE = b"QmFzZSA2NCBtYWtlcyBhIG1lc3NhZ2UgYSB0aGlyZCBsYXJnZXIgdGhhbiBpdCBoYXMgdG8gYmUu\n"
COUNT = 200 * 1_000_000 // len(LINE)
MIB = 1 << 20

# A process starts with the peak of the one that forked it: a small one must stand between.
MEASURED = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


def test_200_mb_arrive_with_less_than_96_mib_of_memory(tmp_path: Path) -> None:
    head = b"From: a@example.org\nTo: anna@ex.com\nSubject: large\n\n"
    office = Office(tmp_path)
    with running() as server:
        server.put([head])
        with server.stored()[0].open("ab") as file:
            for _ in range(COUNT):
                file.write(LINE)
        office.write(server, f'server "localhost" port {server.tls_port}; tls ca "{server.ca}"; stamp off;')
        ran = office.run("once", before=(sys.executable, "-c", MEASURED))
    assert "1 delivered" in ran.err
    (stored,) = office.state.glob("mail/ex.com/anna/new/*")
    with stored.open("rb") as file:
        assert file.read(len(head)) == head
        assert sum(line == LINE for line in file) == COUNT
    assert int(ran.err.splitlines()[-1]) * 1024 < 96 * MIB
