"""What a person sees of the real program: an expired token, the screen that is shown again, the page."""

import fcntl
import os
import pty
import re
import signal
import ssl
import subprocess
import termios
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from dovecot import Dovecot
from e2e.office import FETCHRUN, Office
from e2e.test_daemon import LETTERS, settings, started
from introspection import provider

pytestmark = pytest.mark.peer
LOGIN = "fetchrun login"


@pytest.fixture
def office(dovecot: Dovecot, tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.write(dovecot, settings(dovecot))
    return made


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a provider that has forgotten every refresh token."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with provider(context) as made:
        made.answers = [
            (400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
        ] * 9
        yield made.port


def test_an_expired_token_is_named_with_what_to_do(dovecot: Dovecot, office: Office, endpoint: int) -> None:
    token = office.folder / "token"
    token.write_text("old-canary\n")
    token.chmod(0o600)
    office.rules.write_text(
        f'account "box" <\n  user "{dovecot.user}";\n  {settings(dovecot)}\n'
        f'  oauth "https://localhost:{endpoint}/token" client-id "id" refresh-token "token";\n>\n'
        "sort * -> admin@ex.com;\n"
    )
    fetched = office.run("once")
    shown = office.run("status")
    for ran in (fetched, shown):
        assert ran.status == 1, ran.out + ran.err
        said = _line(ran.out + ran.err)
        assert "invalid_grant: Token has been expired or revoked." in said and LOGIN in said, said
        assert "canary" not in said
    assert "mail.sort:" in shown.out


def test_the_screen_is_shown_again_until_somebody_ends_it(dovecot: Dovecot, office: Office) -> None:
    dovecot.put(LETTERS[:3])
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, b"\x28\x00\x3c\x00\x00\x00\x00\x00")  # 40 lines of 60 columns
    command = (*FETCHRUN, "status", "--watch", str(office.rules), "--state", str(office.state))
    environment = os.environ | {"PYTHONPATH": str(Path("src").absolute()), "LC_ALL": "C.UTF-8", "TERM": "xterm"}
    process = subprocess.Popen(
        command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=_interruptible
    )
    os.close(theirs)
    try:
        first = _until(ours, "box")
        assert office.run("once").status == 0
        again = _until(ours, "all is well")
        assert "\x1b[2J" in first + again
        process.send_signal(signal.SIGINT)
        impatience = threading.Timer(30, process.kill)
        impatience.daemon = True
        impatience.start()
        # What it says to the end is read, or it would wait for that with its last words.
        assert "Traceback" not in again + _rest(ours)
        assert process.wait(20) in (1, 130)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _interruptible() -> None:
    """As at a terminal: what a shell starts in the background ignores SIGINT, and so does all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_the_daemon_serves_its_page_while_it_runs(dovecot: Dovecot, office: Office) -> None:
    dovecot.put(LETTERS[:7])
    with started(office, after=("--listen", "127.0.0.1:0")) as run:
        run.says("the status page is at ")
        found = re.search(r"http://127\.0\.0\.1:\d+/", run.said)
        assert found
        run.until(lambda: 'fetchrun_week_copies{account="box"' in _got(found[0] + "metrics"))
        assert _got(found[0] + "health") == "ok\n"
        page = _got(found[0])
        assert "<html" in page and "box" in page and "@" not in _got(found[0] + "metrics")
        assert run.ended() == 0
    assert "Traceback" not in run.said


def _got(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return str(answer.read().decode())


def _line(text: str) -> str:
    """The words, however they are broken into lines."""
    return " ".join(text.split())


def _rest(terminal: int) -> str:
    said = b""
    with suppress(OSError):  # EIO: nobody has its other end any more
        while block := os.read(terminal, 4096):
            said += block
    return said.decode(errors="replace")


def _until(terminal: int, words: str) -> str:
    """What the terminal shows, until it shows these words."""
    shown = b""
    while words.encode() not in shown:
        shown += os.read(terminal, 1 << 16)
    return shown.decode()
