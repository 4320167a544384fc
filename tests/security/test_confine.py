"""`run --confine`: what is not beneath the state and the Maildirs cannot be written (S25)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mailroom
from e2e.office import FETCHRUN
from fetchrun.confine import confine, places
from fetchrun.delivery import durable
from fetchrun.delivery.targets import maildir
from fetchrun.privilege import Kept
from security.talker import talking
from sortlang.files import load

NAME = f"0.F{'a' * 26}.host"
UNKNOWN = 77


def confined(folder: Path) -> None:
    """Or a child that ends with UNKNOWN."""
    try:
        confine([folder])
    except Kept:
        os._exit(UNKNOWN)


def played(step: object) -> None:
    status = mailroom.forked(step)  # type: ignore[arg-type]
    if status == UNKNOWN:
        pytest.skip("this kernel has no Landlock")
    assert status == 0


def test_s25_mail_is_delivered_as_ever(tmp_path: Path) -> None:
    def step() -> None:
        confined(tmp_path / "mail")
        maildir.draft(tmp_path / "mail" / "anna", NAME).file.close()
        assert maildir.publish(tmp_path / "mail" / "anna", NAME, b"", 10**9) == NAME
        durable.remove(tmp_path / "mail" / "anna" / "new" / NAME)

    played(step)


@pytest.mark.parametrize("deed", ["write", "make", "remove", "rename", "link", "truncate"])
def test_s25_elsewhere_nothing_is_changed(deed: str, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("precious")
    (tmp_path / "mail").mkdir()
    deeds = {
        "write": lambda: there.open("a"),
        "make": lambda: (tmp_path / "new").mkdir(),
        "remove": there.unlink,
        "rename": lambda: there.rename(tmp_path / "mail" / "there"),
        "link": lambda: (tmp_path / "link").symlink_to(there),
        "truncate": lambda: os.truncate(there, 0),
    }

    def step() -> None:
        confined(tmp_path / "mail")
        assert there.read_text() == "precious"
        with pytest.raises(OSError, match=r"Permission denied|cross-device"):
            deeds[deed]()

    played(step)
    assert there.read_text() == "precious"


def test_s25_nor_by_a_program_that_we_start(tmp_path: Path) -> None:
    def step() -> None:
        confined(tmp_path / "mail")
        words = [sys.executable, "-c", f"open({str(tmp_path / 'there')!r}, 'w')"]
        assert subprocess.run(words, stderr=subprocess.DEVNULL, check=False).returncode == 1

    played(step)
    assert not (tmp_path / "there").exists()


def test_s25_the_daemon_does_all_its_work(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("word")
    (tmp_path / "secret").chmod(0o600)
    rules = tmp_path / "mail.sort"
    with talking(polite=True, lets_in=True) as server:
        rules.write_text(
            f'account "box" < server "127.0.0.1" port {server.server_address[1]}; user "u"; tls off;'
            ' password command "cat secret"; >\nsort * -> all@ex.com;\n'
            f'transport "*@ex.com" -> maildir "{tmp_path}/mail/{{local}}";\n'
        )
        words = [*FETCHRUN, "run", str(rules), "--confine", "--state", str(tmp_path / "state")]
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
            assert process.stderr
            said = next(line for line in process.stderr if line.startswith(("box: ", "fetchrun: ")))
            process.terminate()
            process.communicate()
    if "no Landlock" in said:
        pytest.skip("this kernel has no Landlock")
    assert "1 delivered" in said and process.returncode == 0
    assert len(list((tmp_path / "mail" / "all" / "new").iterdir())) == 1


def test_s25_where_the_rules_write(tmp_path: Path) -> None:
    rules = tmp_path / "mail.sort"
    rules.write_text(
        'account "a" < server "localhost"; user "u"; oauth google client-id "c" refresh-token "tokens/a"; >\n'
        'sort "*@ex.com" -> "*@ex.com";\nsort * -> all@ex.com;\n'
        'transport "*@ex.com" -> maildir "/srv/mail/{domain}/x-{local}";\n'
        'transport "one@ex.com" -> maildir "/srv/one";\ntransport "two@ex.com" -> maildir "other/{local}";\n'
        'transport "three@ex.com" -> maildir "{local}";\ntransport "four@ex.com" -> maildir "~/{local}/Maildir";\n'
    )
    program, found = load(rules)
    assert program, found
    wanted = {"/state", "/srv/mail", "/srv/one", "/state/other", str(Path.home()), str(tmp_path / "tokens")}
    assert {str(each) for each in places(program, Path("/state"))} == wanted
