"""CI notices a peer that is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.mark.peer
def test_needs_a_peer():
    pytest.skip("it is not installed")

def test_needs_none():
    pytest.skip("not today")
"""


@pytest.mark.parametrize(("ci", "status", "words"), [("true", 1, "1 failed, 1 skipped"), ("", 0, "2 skipped")])
def test_a_skipped_peer_fails_in_ci_and_only_there(ci: str, status: int, words: str, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    environment = os.environ | {"CI": ci, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-m", "pytest", "-p", "peers", "-o", "markers=peer", "-p", "no:xdist", str(tmp_path)]
    ran = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, words in ran.stdout) == (status, True), ran.stdout


def test_every_test_that_starts_dovecot_is_marked() -> None:
    for path in Path(__file__).parent.rglob("test_*.py"):
        text = path.read_text()
        if "from dovecot import" in text and "running" in text:
            assert "pytest.mark.peer" in text, path
