"""What others may write is not believed (S10, S34, S37)."""

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from fetchrun import trust
from fetchrun.cli import main
from fetchrun.commands.common import BAD_RULES
from fetchrun.demo.prepare import prepare
from fetchrun.memory.state import locked
from fetchrun.rulebook import NoRules, Rulebook
from fetchrun.trouble import Trouble

STRANGER = 65534
RULES = 'account "a" < server "localhost"; user "u"; password env "P"; disabled; >\nsort * -> a@ex.com;\n'
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file that belongs to somebody else")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "more.sort").write_text("sort b@ex.com -> b@ex.com;\n")
    file = tmp_path / "mail.sort"
    file.write_text(f'include "more.sort";\n{RULES}')
    return file


def once(rules: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["once", str(rules), "--state", str(rules.parent / "state")])
    return result.exit_code, result.output


def test_s34_what_only_we_may_write_is_believed(rules: Path) -> None:
    assert once(rules)[0] == 0


@pytest.mark.parametrize(
    "mode, who", [(0o666, "everybody"), (0o602, "everybody"), (0o664, "the group"), (0o620, "the group")]
)
@pytest.mark.parametrize("name", ["mail.sort", "more.sort"])
def test_s34_what_others_may_write_is_refused(
    rules: Path, name: str, mode: int, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "_private", lambda group, user: False)
    (rules.parent / name).chmod(mode)
    status, said = once(rules)
    assert status == BAD_RULES
    assert f"{who} " in said and "may write it" in said


def test_s34_a_group_with_nobody_else_in_it_may_write(rules: Path) -> None:
    if not trust._private(os.getegid(), os.geteuid()):
        pytest.skip("the user of this machine has no group of their own")
    rules.chmod(0o664)
    assert once(rules)[0] == 0


@needs_root
@pytest.mark.parametrize("name", ["mail.sort", "more.sort"])
def test_s34_a_strangers_file_is_refused(rules: Path, name: str) -> None:
    os.chown(rules.parent / name, STRANGER, STRANGER)
    status, said = once(rules)
    assert status == BAD_RULES
    assert "it belongs to the user nobody" in said


@needs_root
def test_s34_a_strangers_table_is_refused(rules: Path) -> None:
    from sortlang.cli import main as sortlang

    table = rules.with_suffix(".table")
    assert CliRunner().invoke(sortlang, ["build", str(rules), "-o", str(table)]).exit_code == 0
    assert once(table)[0] == 0
    os.chown(table, STRANGER, STRANGER)
    assert once(table)[0] == BAD_RULES


def test_s34_to_read_it_is_no_risk(rules: Path) -> None:
    from sortlang.cli import main as sortlang

    rules.chmod(0o666)
    assert CliRunner().invoke(sortlang, ["check", str(rules)]).exit_code == 0


def test_s37_a_reload_by_a_stranger_changes_nothing(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(0o700)
    book = Rulebook(rules, tmp_path / "state", lambda: 0.0)
    before = book.program
    rules.write_text(RULES.replace("a@ex.com", "evil@example.net"))
    rules.chmod(0o666)
    assert book.reread().kind == "broken"
    assert book.program is before
    rules.chmod(0o644)
    assert book.reread().kind == "new"


def test_s37_rules_kept_from_before_are_believed_only_if_nobody_else_wrote_them(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(0o700)
    Rulebook(rules, tmp_path / "state", lambda: 0.0)
    (kept,) = (tmp_path / "state").glob("rules-*.table")
    assert kept.stat().st_mode & 0o777 == 0o600
    rules.write_text("sort")
    assert Rulebook(rules, tmp_path / "state", lambda: 0.0).broken
    kept.chmod(0o602)
    with pytest.raises(NoRules):
        Rulebook(rules, tmp_path / "state", lambda: 0.0)


@pytest.mark.parametrize("mode", [0o702, 0o777, 0o1777])
def test_s30_a_state_folder_that_others_may_write_is_not_used(rules: Path, mode: int) -> None:
    (rules.parent / "state").mkdir()
    (rules.parent / "state").chmod(mode)
    status, said = once(rules)
    assert status == BAD_RULES
    assert "everybody may write it" in said and "chmod go-w" in said
    assert list((rules.parent / "state").iterdir()) == []


@pytest.mark.parametrize("command", ["status", "log"])
def test_s30_nor_is_a_ledger_read_that_others_may_have_put_there(rules: Path, command: str) -> None:
    assert once(rules)[0] == 0
    (rules.parent / "state").chmod(0o777)
    words = [command, *([str(rules)] if command == "status" else []), "--state", str(rules.parent / "state")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code and "everybody may write it" in result.output


@needs_root
def test_s30_nor_one_that_belongs_to_a_stranger(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    os.chown(tmp_path / "state", STRANGER, STRANGER)
    with pytest.raises(Trouble, match="belongs to the user nobody"), locked(tmp_path / "state"):
        pass


def test_s30_all_that_lies_in_it_is_private_whatever_the_umask(rules: Path) -> None:
    old = os.umask(0)
    try:
        assert once(rules)[0] == 0
    finally:
        os.umask(old)
    state = rules.parent / "state"
    found = {each.name: each.stat().st_mode & 0o777 for each in (state, *state.rglob("*"))}
    assert "ledger.db" in found
    assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}
    shutil.rmtree(state)


def test_s30_the_demonstration_is_no_exception(tmp_path: Path) -> None:
    prepare(tmp_path / "demo" / "server")
    assert [(tmp_path / each).stat().st_mode & 0o777 for each in ("demo", "demo/server")] == [0o700, 0o700]
