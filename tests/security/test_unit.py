"""The service unit: what it takes away from the program, and that the program lives without (S26, S27)."""

import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from e2e.office import FETCHRUN

peer = pytest.mark.peer
UNIT = Path("deploy/fetchrun.service")
MDWE = (65, 1)
"""PR_SET_MDWE and PR_MDWE_REFUSE_EXEC_GAIN of prctl(2): what MemoryDenyWriteExecute= does by a filter."""
IDLE = 'account "a" < server "localhost"; user "u"; password env "P"; disabled; >\nsort * -> a@ex.com;\n'


def analysed(*words: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("systemd-analyze is not installed")


@peer
def test_s26_its_exposure_is_at_most_1_5() -> None:
    result = analysed("security", "--offline=true", "--threshold=15", str(UNIT))
    assert result.returncode == 0, result.stdout[-2000:]


@peer
def test_s26_the_test_would_notice_a_bare_unit(tmp_path: Path) -> None:
    bare = tmp_path / "fetchrun.service"
    bare.write_text("[Service]\nExecStart=/bin/true\n")
    assert analysed("security", "--offline=true", "--threshold=15", str(bare)).returncode != 0


@peer
def test_s26_systemd_understands_every_line(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/bin/fetchrun", "/bin/true"))
    result = analysed("verify", "--recursive-errors=no", "--man=no", str(unit))
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    "line",
    [
        *(
            "NoNewPrivileges=yes",
            "CapabilityBoundingSet=",
            "ProtectSystem=strict",
            "ProtectHome=yes",
            "PrivateUsers=yes",
        ),
        *("PrivateTmp=yes", "PrivateDevices=yes", "ProtectProc=invisible", "RestrictNamespaces=yes", "DynamicUser=yes"),
        *(
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
            "MemoryDenyWriteExecute=yes",
            "LimitCORE=0",
            "UMask=0077",
        ),
        *("SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources", "StateDirectoryMode=0700"),
        *("MemoryMax=1G", "TasksMax=256", "WatchdogSec=60s", "Type=notify"),
    ],
)
def test_s27_it_says(line: str) -> None:
    assert line in UNIT.read_text().splitlines()


@peer
def test_s27_the_program_makes_no_system_call_that_is_filtered(tmp_path: Path) -> None:
    """The demo, and `run` until it is told to stop."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    rules, log = tmp_path / "mail.sort", tmp_path / "calls"
    rules.write_text(IDLE)
    traced = ["strace", "-f", "-qq", "-o", str(log), "-A"]
    subprocess.run([*traced, *FETCHRUN, "demo", "--state", str(tmp_path / "demo")], check=True, capture_output=True)
    words = ["run", str(rules), "--state", str(tmp_path / "run"), "--listen", "127.0.0.1:0"]
    _stopped([*traced, *FETCHRUN, *words], tmp_path / "run", tmp_path / "told")
    made = set(re.findall(r"^\d+ +(\w+)\(", log.read_text(errors="replace"), re.M))
    assert {"renameat2", "fsync", "fdatasync", "connect", "sendto"} <= made, "the trace has the whole job in it"
    assert made - _allowed() <= {"fchown"}, "SQLite gives files to their owner, but only as root"


def _stopped(command: list[str], state: Path, told: Path) -> None:
    """Runs it until it says that it is ready, as the service manager hears it, and ends it as that would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(told))
        manager.settimeout(60)
        said = told.with_name("said")
        with said.open("wb") as errors:
            process = subprocess.Popen(command, env=os.environ | {"NOTIFY_SOCKET": str(told)}, stderr=errors)
        try:
            while manager.recv(4096) != b"READY=1":
                pass
            os.kill(int((state / "lock").read_text()), signal.SIGTERM)
            assert process.wait(60) == 0, said.read_text()
        finally:
            process.kill()
            process.wait()


def _allowed() -> set[str]:
    sets = _sets()
    granted: set[str] = set()
    for line in re.findall(r"^SystemCallFilter=(.*)", UNIT.read_text(), re.M):
        names = {call for each in line.removeprefix("~").split() for call in _expanded(each, sets)}
        granted = granted - names if line.startswith("~") else granted | names
    return granted | _expanded("@default", sets)


def _sets() -> dict[str, list[str]]:
    """Each set by its name, as `systemd-analyze syscall-filter` lists them: its name, its caption, its members."""
    found: dict[str, list[str]] = {}
    for line in analysed("syscall-filter", "--no-pager").stdout.splitlines():
        if line.startswith("@"):
            members = found.setdefault(line.strip(), [])
        elif line.startswith("    ") and not line.lstrip().startswith("#"):
            members.append(line.strip())
    return found


def _expanded(name: str, sets: dict[str, list[str]]) -> set[str]:
    return {call for each in sets[name] for call in _expanded(each, sets)} if name.startswith("@") else {name}


def test_s27_it_needs_no_memory_that_is_written_and_run(tmp_path: Path) -> None:
    def refused() -> None:
        if ctypes.CDLL(None).prctl(*MDWE, 0, 0, 0):
            os._exit(77)

    words = [*FETCHRUN, "demo", "--state", str(tmp_path)]
    result = subprocess.run(words, preexec_fn=refused, capture_output=True, text=True, check=False)
    if result.returncode == 77:
        pytest.skip("this kernel cannot refuse it (before 6.3)")
    assert result.returncode == 0, result.stderr
