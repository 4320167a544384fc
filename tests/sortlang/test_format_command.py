"""`sortlang format`: what it writes, what it leaves alone, how it ends."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sortlang.cli import main
from sortlang.doors import replace as replacing
from sortlang.doors.replace import rewrite

ODD, CALM = "sort  a@ex.com->b@ex.com ;", "sort a@ex.com -> b@ex.com;\n"


def run(*arguments: object, text: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(main, ["format", *map(str, arguments)], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    path = tmp_path / "mail.sort"
    path.write_text(ODD)
    return path


def test_a_file_is_formatted_once(odd: Path) -> None:
    assert (run(odd).output, odd.read_text()) == ("1 file formatted\n", CALM)
    before = odd.stat()
    assert run(odd).output == "1 left as it is\n"
    assert odd.stat().st_ino == before.st_ino


def test_check_and_diff_change_nothing(odd: Path) -> None:
    result = run(odd, "--check")
    assert (result.exit_code, result.output) == (1, f"would format {odd}\n1 file to format\n")
    result = run(odd, "--diff")
    assert result.exit_code == 1
    assert f"\n-{ODD}\n+{CALM}" in result.output
    assert odd.read_text() == ODD
    odd.write_text(CALM)
    assert (run(odd, "--check").exit_code, run(odd, "--diff").exit_code) == (0, 0)


def test_diff_shows_no_password() -> None:
    result = run("-", "--diff", text='account "x" { password "canary"; }')
    assert "canary" not in result.output
    assert "+    password ********;" in result.output


def test_standard_input_goes_to_standard_output() -> None:
    assert run("-", text=ODD).stdout_bytes == CALM.encode()
    assert run("-", text=b"sort a->b;\r\n").stdout_bytes == b"sort a -> b;\r\n"
    broken = run("-", text="sort a -> ;")
    assert (broken.exit_code, broken.stdout) == (2, "")
    assert "syntax-error" in broken.stderr


@pytest.mark.parametrize("content", [b"sort a@b -> ;", b"sort a -> b;\xff", b"x;\0", b'x "\\q";'])
def test_what_cannot_be_read_is_left_alone(odd: Path, content: bytes) -> None:
    broken = odd.with_name("broken.sort")
    broken.write_bytes(content)
    result = run(broken, odd)
    assert result.exit_code == 2
    assert (broken.read_bytes(), odd.read_text()) == (content, CALM)
    assert str(broken) in result.stderr
    assert run("nowhere.sort").exit_code == 2


def test_a_directory_is_all_rules_files_below_it(odd: Path) -> None:
    for name in ("a/b/deep.sort", ".git/hidden.sort", "a/notes.txt"):
        path = odd.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ODD)
    assert run(odd.parent, odd).output == "2 files formatted\n"
    changed = sorted(
        str(each.relative_to(odd.parent))
        for each in odd.parent.rglob("*.*")
        if each.is_file() and each.read_text() == CALM
    )
    assert changed == ["a/b/deep.sort", "mail.sort"]


def test_mode_link_and_byte_order_mark_stay(odd: Path) -> None:
    odd.write_bytes(b"\xef\xbb\xbf" + ODD.encode())
    odd.chmod(0o640)
    link = odd.with_name("link.sort")
    link.symlink_to(odd.name)
    run(link)
    assert link.is_symlink()
    assert odd.read_bytes() == b"\xef\xbb\xbf" + CALM.encode()
    assert odd.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in odd.parent.iterdir()) == ["link.sort", "mail.sort"]


def said(report: str) -> tuple[str, str]:
    """The name of the one finding, and its reason."""
    name, _, rest = report.partition("error[")[2].partition("]")
    return name, rest.splitlines()[0].rpartition(": ")[2]


@pytest.mark.parametrize("call", ["fsync", "fchmod", "replace"])
def test_a_write_that_fails_leaves_the_old_file(odd: Path, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path if call == "replace" else os, call, fail)
    result = run(odd)
    assert result.exit_code == 2
    assert said(result.stderr) == ("unwritable-file", "no space left on device")
    assert [each.read_text() for each in odd.parent.iterdir()] == [ODD]


def test_the_new_text_is_on_disk_before_it_takes_the_name(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(replacing.os, "fsync", lambda number: (calls.append("fsync"), fsync(number))[1])
    monkeypatch.setattr(Path, "replace", lambda path, to: (calls.append("replace"), replace(path, to))[1])
    rewrite(odd, "new")
    assert calls == ["fsync", "replace", "fsync"], "the folder last"
    assert odd.read_text() == "new"
