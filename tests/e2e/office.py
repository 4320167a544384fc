"""A run of the real program: rules, state folder, subprocess, and what came of it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dovecot import Dovecot

SECRET = "correct-horse-7"
SORTING = 'sort "*@ex.com" -> "*@ex.com";\nsort * -> admin@ex.com;\n'
FETCHRUN = (sys.executable, "-c", "from fetchrun.cli import main; main()")


@dataclass(frozen=True)
class Office:
    """A rules file and a state folder of its own."""

    folder: Path

    @property
    def rules(self) -> Path:
        return self.folder / "mail.sort"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def write(self, server: Dovecot, settings: str, sorting: str = SORTING) -> None:
        """Rules for the maildrop of the server; `settings` say how it is reached."""
        account = f'account "box" <\n  user "{server.user}";\n  password env "BOX";\n  {settings}\n>\n'
        self.rules.write_text(account + sorting)

    def start(
        self, *words: str, before: Sequence[str] = (), after: Sequence[str] = (), password: str = SECRET
    ) -> "subprocess.Popen[bytes]":
        """The program with these words, the rules file, the words `after` it and the state folder; `before` runs it."""
        command = (*before, *FETCHRUN, *words, str(self.rules), *after, "--state", str(self.state))
        environment = os.environ | {"BOX": password, "PYTHONPATH": str(Path("src").absolute()), "LC_ALL": "C.UTF-8"}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *words: str, before: Sequence[str] = (), after: Sequence[str] = (), password: str = SECRET) -> "Ran":
        """The same to its end."""
        process = self.start(*words, before=before, after=after, password=password)
        out, err = process.communicate(timeout=240)
        return Ran(process.returncode, out.decode(), err.decode())

    def killed(self, at: int, later: float) -> bool:
        """Starts `once` and kills it with SIGKILL `later` seconds after that many files were seen in Maildirs; whether
        that was before its end."""
        process = self.start("once")
        while process.poll() is None and sum(1 for _ in self._files()) < at:
            time.sleep(0.001)
        time.sleep(later)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return process.returncode == -signal.SIGKILL

    def _files(self) -> Iterator[os.DirEntry[str]]:
        for maildir in (self.state / "mail" / "ex.com").glob("*"):
            for folder in ("tmp", "new"):
                with contextlib.suppress(FileNotFoundError):
                    yield from os.scandir(maildir / folder)

    def delivered(self) -> dict[str, Counter[bytes]]:
        """The messages in each Maildir below `mail/ex.com`, by local part, without our own lines."""
        return {
            each.name: Counter(map(unstamped, mail_in(each))) for each in (self.state / "mail" / "ex.com").iterdir()
        }

    def leftovers(self) -> list[Path]:
        """What lies in any `tmp/`."""
        return list(self.state.glob("mail/*/*/tmp/*"))


@dataclass(frozen=True)
class Ran:
    """How a run ended."""

    status: int
    out: str
    err: str


def mail_in(maildir: Path) -> Iterator[bytes]:
    """Every message that a mail reader would see."""
    for folder in ("new", "cur"):
        yield from (each.read_bytes() for each in (maildir / folder).iterdir())


def unstamped(stored: bytes) -> bytes:
    """A stored message without the lines of ours that stand on top."""
    lines = stored.split(b"\n")
    mine = 0
    while lines[mine].startswith((b"Delivered-To: ", b"X-Fetchrun: ", b"\t")) and b"Return-Path" not in lines[mine]:
        mine += 1
    assert mine >= 2, stored[:200]
    return b"\n".join(lines[mine:])
