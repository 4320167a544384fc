"""Mail handed on by SMTP to Postfix's own sink, and to programs, as an admin sets it up."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dovecot import Dovecot, free_ports
from e2e.office import Office
from letters import letters

SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
LETTERS = tuple(letters(40, seed=3))

pytestmark = [pytest.mark.peer, pytest.mark.skipif(not SINK, reason="smtp-sink of Postfix is not installed")]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@contextmanager
def postfix(folder: Path, *options: str) -> Iterator[int]:
    """Postfix's smtp-sink, a file for each message in `folder`; its port."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    (port,) = free_ports(1)
    command = (str(SINK), "-u", "nobody", *options, "-d", f"{folder}/m.", f"inet:127.0.0.1:{port}", "100")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp")
    try:
        for _ in range(1000):
            assert process.poll() is None
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
                break
            except ConnectionRefusedError:
                process.poll()
        yield port
    finally:
        process.terminate()
        process.wait(10)


def account(server: Dovecot) -> str:
    return f'server "localhost" port {server.plain_port}; tls off;'


def sorting(transport: str) -> str:
    return f'sort "*@ex.com" -> "*@ex.com";\nsort * -> admin@ex.com;\ntransport "*@ex.com" -> {transport};\n'


@pytest.mark.parametrize(
    "options", [(), ("-p",), ("-8",), ("-e", "-p")], ids=["ESMTP", "no PIPELINING", "no 8BITMIME", "HELO"]
)
def test_postfix_gets_every_letter_once_or_quarantine_has_it(
    options: tuple[str, ...], dovecot: Dovecot, office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dovecot.put(LETTERS)
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    try:
        with postfix(folder, *options) as port:
            office.write(dovecot, account(dovecot), sorting(f'smtp "127.0.0.1:{port}"'))
            ran = office.run("once")
        sent = [each.read_bytes() for each in folder.iterdir()]
    finally:
        shutil.rmtree(folder)
    kept = list((office.state / "quarantine" / "new").glob("*")) if (office.state / "quarantine").exists() else []
    assert ran.status == 0, ran.err
    assert dovecot.stored() == []
    assert len(sent) + len(kept) == len(LETTERS) and sent
    assert bool(kept) == (options[:1] in (("-8",), ("-e",)))
    for each in sent:
        assert each.count(b"X-Fetchrun-Delivery-Id: ") == 1 and b"X-Rcpt-Args: <" in each


def test_a_program_gets_every_letter(dovecot: Dovecot, office: Office) -> None:
    dovecot.put(LETTERS)
    program = office.folder / "file-it"
    program.write_text('#!/bin/sh\nmkdir -p "$1/$2" && cat > "$1/$2/$$" && echo "$RECIPIENT $SENDER" >> "$1/log"\n')
    program.chmod(0o755)
    box = office.folder / "box"
    box.mkdir()
    office.write(dovecot, account(dovecot), sorting(f'pipe "{program}" "{box}" "{{local}}"'))
    ran = office.run("once")
    assert ran.status == 0, ran.err
    assert len(list(box.glob("*/*"))) == len(LETTERS)
    assert (box / "log").read_text().count("@news.example.net") == len(LETTERS)
    assert dovecot.stored() == []
