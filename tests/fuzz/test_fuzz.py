"""Each fuzz target: what was found before never comes back, and a while of looking for more."""

import importlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TARGETS = sorted(each.stem for each in (HERE / "targets").glob("*.py"))
SECONDS = int(os.environ.get("FUZZ_SECONDS", "12"))
"""For each target. `make fuzz` looks longer."""


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_passes(name: str) -> None:
    target = importlib.import_module(f"fuzz.targets.{name}")
    inputs = sorted((HERE / "corpus" / name).iterdir())
    assert inputs
    for each in inputs:
        target.check(each.read_bytes())
    target.check(b"")


@pytest.mark.fuzz
@pytest.mark.skipif(not find_spec("atheris"), reason="atheris is not installed: it has no wheel for this platform")
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_new_is_found(name: str, tmp_path: Path) -> None:
    """What it finds lies in `.fuzz/TARGET`, new ways through the code for the next time, and `.fuzz/TARGET-crash-…`."""
    kept = Path(os.environ.get("FUZZ_KEPT", tmp_path))
    (kept / name).mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={SECONDS}", "-max_len=4096", "-timeout=20", "-rss_limit_mb=1024"]
    folders = [str(kept / name), str(HERE / "corpus" / name)]
    command = [sys.executable, "-m", "fuzz.run", name, *options, f"-artifact_prefix={kept / name}-", *folders]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
    assert ran.returncode == 0, ran.stderr[-4000:]
    assert "Done " in ran.stderr, ran.stderr[-4000:]
