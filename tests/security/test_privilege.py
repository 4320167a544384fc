"""What the process gives up: root, and its own memory's image (S12, S24)."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import mailroom
from fetchrun import privilege
from fetchrun.cli import main

IDLE = 'account "a" < server "localhost"; user "u"; password env "P"; disabled; >\nsort * -> a@ex.com;\n'
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to give up")


@needs_root
def test_s24_it_becomes_that_user_in_every_way_and_has_no_way_back() -> None:
    def step() -> None:
        privilege.become("nobody")
        assert os.getresuid() == (65534,) * 3 and os.getresgid() == (65534,) * 3
        assert 0 not in os.getgroups()
        assert "Uid:\t65534\t65534\t65534\t65534" in Path("/proc/self/status").read_text()
        assert "CapEff:\t0000000000000000" in Path("/proc/self/status").read_text()
        assert os.environ["USER"] == "nobody"
        with pytest.raises(PermissionError):
            os.setuid(0)

    assert mailroom.forked(step) == 0


@needs_root
@pytest.mark.parametrize("step", ["setgroups", "setresgid", "setresuid"])
def test_s24_a_step_that_only_seems_done_is_noticed(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def child() -> None:
        os.setgroups([0, 4])
        monkeypatch.setattr(os, step, lambda *_: None)
        with pytest.raises(privilege.Kept):
            privilege.become("nobody")

    assert mailroom.forked(child) == 0


def test_s24_nobody_but_root_becomes_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(privilege.Kept, match="only root"):
        privilege.become("root")
    with pytest.raises(privilege.Kept, match="there is no user"):
        privilege.become("there-is-nobody-of-that-name")


@needs_root
def test_s24_the_command_does_all_its_work_as_that_user(tmp_path: Path) -> None:
    rules = tmp_path / "mail.sort"
    rules.write_text(IDLE)
    (tmp_path / "state").mkdir(0o700)
    os.chown(tmp_path / "state", 65534, 65534)
    for each in (tmp_path, *tmp_path.parents):
        if each.name.startswith(("pytest-", "popen-", "test_")):
            each.chmod(0o711)

    def step() -> None:
        words = ["once", str(rules), "--user", "nobody", "--state", str(tmp_path / "state")]
        assert CliRunner().invoke(main, words).exit_code == 0

    # All that it imports is imported now: the interpreter may lie in the home of root.
    assert CliRunner().invoke(main, ["once", str(rules), "--state", str(tmp_path / "root")]).exit_code == 0
    assert mailroom.forked(step) == 0
    assert {each.stat().st_uid for each in (tmp_path / "state").rglob("*")} == {65534}


@needs_root
@pytest.mark.parametrize("command", ["once"])
def test_s24_as_root_it_says_so(command: str, tmp_path: Path) -> None:
    (tmp_path / "mail.sort").write_text(IDLE)
    words = [command, str(tmp_path / "mail.sort"), "--state", str(tmp_path / "state")]
    assert "runs as root" in CliRunner().invoke(main, words).stderr
    assert "runs as root" not in CliRunner().invoke(main, [*words, "--user", "root"]).stderr


def test_s12_whoever_has_a_secret_in_hand_leaves_no_image_of_it() -> None:
    program = (
        "import os, resource, ctypes; from fetchrun.server.credentials import secret;"
        "from sortlang.rules import Password; from sortlang.source import Source, Span; os.environ['P'] = 'x';"
        "before = ctypes.CDLL(None).prctl(3); secret(Password('env', 'P', span=Span(Source('m', ''), 0, 0)));"
        "print(before, ctypes.CDLL(None).prctl(3), resource.getrlimit(resource.RLIMIT_CORE))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["1", "0", "(0,", "0)"]


def test_s12_what_we_start_is_as_it_always_was() -> None:
    def step() -> None:
        privilege.unseen()
        script = "import ctypes; raise SystemExit(ctypes.CDLL(None).prctl(3))"
        os._exit(subprocess.run([sys.executable, "-c", script], check=False).returncode)

    assert resource.getrlimit(resource.RLIMIT_CORE)
    assert mailroom.forked(step) == 1
