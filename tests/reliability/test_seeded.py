"""Defects put into codecs, ledger and recovery, one at a time: the tests of that room must notice each."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from reliability.results import Result, record

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Defect:
    """In `file` below src/fetchrun, `good` becomes `bad`, that is: `what`; `tests` are those of the room."""

    what: str
    file: str
    good: str
    bad: str
    tests: str


DEFECTS = (
    Defect(
        *("codec: a message ends at a bare line feed and a dot", "pop3/stuffing.py"),
        *(r'TERMINATOR = b"\r\n.\r\n"', r'TERMINATOR = b"\n.\r\n"', "fetchrun/test_pop3.py"),
    ),
    Defect(
        *("codec: a message loses its last line end", "pop3/stuffing.py"),
        *("until = end + len(CRLF)", "until = end", "fetchrun/test_pop3.py"),
    ),
    Defect(
        *("codec: an end that comes in two reads is not seen", "pop3/stuffing.py"),
        *("return next((len(each)", "return 0 and next((len(each)", "fetchrun/test_pop3.py"),
    ),
    Defect(
        *("codec: an answer is taken for the next one too", "pop3/connection.py"),
        *("self._expected.popleft()\n            self", "self", "fetchrun/test_pop3.py"),
    ),
    Defect(
        *("codec: a dot at the start of a line goes out alone", "smtp/stuffing.py"),
        *(r'.replace(b"\n.", b"\n..")', "", "fetchrun/test_smtp.py"),
    ),
    Defect(
        *("codec: LMTP expects one reply, however many were accepted", "smtp/connection.py"),
        *("self._accepted += 1", "self._accepted = 1", "fetchrun/test_smtp.py"),
    ),
    Defect(
        *("ledger: a message with a copy that is owed counts as done", "memory/rows.py"),
        *("WHEN owed != ''", "WHEN owed = '-'", "fetchrun/test_ledger.py"),
    ),
    Defect(
        *("ledger: failures of another kind are counted on", "memory/rows.py"),
        *("iif(state = excluded.state, failures, 0)", "failures", "fetchrun/test_ledger.py"),
    ),
    Defect(
        *("ledger: commits are not flushed", "memory/schema.py"),
        *("synchronous = FULL", "synchronous = OFF", "fetchrun/test_ledger.py"),
    ),
    Defect(
        *("ledger: one from a backup is believed", "memory/epoch.py"),
        *("said.count > is_.count", "said.count < is_.count", "fetchrun/test_epoch.py"),
    ),
    Defect(
        *("recovery: a staged file is thought moved that a cleaner may have removed", "delivery/recover.py"),
        *("staged.since < CLEANERS", "staged.since < 99 * CLEANERS", "fetchrun/test_recover.py"),
    ),
    Defect(
        *("recovery: the files that are promised are swept, and no others", "delivery/recover.py"),
        *("not in promised", "in promised", "fetchrun/test_recover.py"),
    ),
    Defect(
        *("recovery: what is in neither tmp/ nor new/ is thought moved", "delivery/publish.py"),
        *("if ours and (name or arrived(each))", "if ours", "fetchrun/test_recover.py"),
    ),
    Defect(
        *("recovery: another file of our name is taken for ours", "delivery/targets/maildir.py"),
        *("if not _ends_with(", "if False and not _ends_with(", "fetchrun/test_maildir.py"),
    ),
)


@pytest.mark.parametrize("defect", DEFECTS, ids=[each.what for each in DEFECTS])
def test_a_defect_is_noticed(defect: Defect, tmp_path: Path) -> None:
    file = _copied(tmp_path) / "fetchrun" / defect.file
    text = file.read_text()
    assert text.count(defect.good) == 1, "the code is another now: put another defect in"
    file.write_text(text.replace(defect.good, defect.bad))
    noticed = _tested(tmp_path, defect.tests) == 1
    record(Result("seeded", defect.what, passed=noticed, figures={"noticed by": Path(defect.tests).name}))
    assert noticed


def test_without_a_defect_nothing_is_noticed(tmp_path: Path) -> None:
    _copied(tmp_path)
    assert _tested(tmp_path, *sorted({each.tests for each in DEFECTS})) == 0


def _copied(folder: Path) -> Path:
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for each in ("grammar", "examples"):
        (folder / each).symlink_to(ROOT / each)
    return folder / "src"


def _tested(folder: Path, *rooms: str) -> int:
    """The exit code of pytest for the sources in that folder: 1, tests failed; 2, they could not even be read."""
    options = ("-q", "-x", "-m", "not soak and not peer", "-o", f"pythonpath={folder / 'src'} {ROOT / 'tests'}")
    command = [sys.executable, "-m", "pytest", *options, *(str(ROOT / "tests" / each) for each in rooms)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = str(folder / "src")
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode
