"""`sortlang check` and `sortlang rule`: files, directories, fixes, formats, and how they end."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sortlang.cli import main
from sortlang.doors.pages import pages
from sortlang.report import FORMATS

ROOT = Path(__file__).parents[2]
TIED = 'sort "*-x-*@ex.com" -> x@ex.com;\nsort "*-y-*@ex.com" -> y@ex.com;\n'
REDUNDANT = "sort * -> b@ex.com;\nsort a@ex.com -> b@ex.com;\n"


def run(*arguments: str, text: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(main, arguments, input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.d").mkdir()
    (tmp_path / "mail.sort").write_text('include "rules.d/*.sort";\ndefaults < limit 9; >\n')
    (tmp_path / "rules.d" / "one.sort").write_text("sort a@ex.com -> b;\n")
    (tmp_path / "notes.txt").write_text("none of ours")
    return tmp_path


def places(*arguments: str) -> list[str]:
    return [
        f"{each['file']}:{each['line']}" for each in json.loads(run("check", "--format", "json", *arguments).stdout)
    ]


def test_of_a_directory_all_rules_files_are_checked_parts_with_their_whole(folder: Path) -> None:
    assert places(".") == ["rules.d/one.sort:1"]
    assert run("check", ".").exit_code == 1
    (folder / "rules.d" / "one.sort").write_text("sort a@ex.com -> b@ex.com;\n")
    assert run("check", ".").output == "no findings in 1 file\n"
    assert run("check", ".", "rules.d/one.sort").output == "no findings in 2 files\n"
    assert run("check", "rules.d", "mail.sort", "mail.sort").output == "no findings in 2 files\n"


def test_files_that_include_each_other_are_found_all_the_same(folder: Path) -> None:
    (folder / "rules.d" / "one.sort").write_text('include "../mail.sort";\n')
    assert run("check", ".").exit_code == 1
    assert "include-cycle" in run("check", ".").output


def test_hidden_files_and_folders_are_left_alone(folder: Path) -> None:
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "x.sort").write_text("nonsense")
    assert places("rules.d", ".") == ["rules.d/one.sort:1"]


def test_an_empty_directory_has_nothing_to_find(tmp_path: Path) -> None:
    assert run("check", str(tmp_path)).output == "no findings in 0 files\n"


def test_fix_writes_what_it_mended_and_reports_what_is_left(folder: Path) -> None:
    (folder / "a.sort").write_text(f'{REDUNDANT}sort "a-*@ex.com", "b-*@ex.com" -> b@ex.com, c@ex.com;\n' + TIED)
    (folder / "a.sort").chmod(0o640)
    result = run("check", "a.sort", "--fix", "--format", "json")
    assert [each["name"] for each in json.loads(result.stdout)] == ["tied-patterns"]
    rest = 'sort "a-*@ex.com", "b-*@ex.com" -> b@ex.com, c@ex.com;\n' + TIED
    assert (folder / "a.sort").read_text() == "sort * -> b@ex.com;\n" + rest
    assert (folder / "a.sort").stat().st_mode & 0o777 == 0o640
    assert "-sort a@ex.com -> b@ex.com;" in result.stderr
    assert "mended 1 finding\n  a.sort:2:6: redundant-rule: remove the statement" in result.stderr
    assert run("check", "a.sort", "--fix").output.endswith("\n1 warning\n")


def test_diff_shows_what_fix_would_do_and_changes_nothing(folder: Path) -> None:
    (folder / "a.sort").write_text(REDUNDANT)
    result = run("check", "a.sort", "--diff")
    assert (result.exit_code, (folder / "a.sort").read_text()) == (1, REDUNDANT)
    assert result.output == (
        "--- a.sort\n+++ a.sort (mended)\n@@ -1,2 +1 @@\n sort * -> b@ex.com;\n-sort a@ex.com -> b@ex.com;\n"
    )
    assert (run("check", "mail.sort", "--diff").exit_code, run("check", "none.sort", "--diff").exit_code) == (0, 2)


def test_a_diff_shows_no_password(folder: Path) -> None:
    (folder / "a.sort").write_text('account "a" < server "s.ex"; user "u"; pasword "canary"; >\nsort * -> b@ex.com;\n')
    assert "pas" in run("check", "a.sort", "--diff").output
    assert "canary" not in run("check", "a.sort", "--diff").output
    assert "canary" not in run("check", "a.sort", "--fix").output


def test_standard_input_is_mended_to_standard_output() -> None:
    result = run("check", "-", "--fix", text=REDUNDANT)
    assert result.stdout == "sort * -> b@ex.com;\n"
    assert "no findings" in result.stderr


def test_a_file_that_cannot_be_written_is_a_finding(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, text: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("sortlang.doors.replace.rewrite", refuse)
    (folder / "a.sort").write_text(REDUNDANT)
    result = run("check", "a.sort", "--fix")
    assert result.exit_code == 2
    assert "unwritable-file" in result.output


def test_the_report_says_how_many_can_be_mended(folder: Path) -> None:
    (folder / "a.sort").write_text(REDUNDANT)
    assert run("check", "a.sort").output.endswith("1 warning, 1 of them with a fix: `sortlang check --fix`\n")


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_ends_with_the_same_status(folder: Path, form: str) -> None:
    (folder / "a.sort").write_text(REDUNDANT)
    statuses = [run("check", *each, "--format", form).exit_code for each in (("a.sort",), ("a.sort", "--strict"))]
    assert statuses == [0, 1]
    assert run("check", ".", "none.sort", "--format", form).exit_code == 2


def test_rule_prints_the_page() -> None:
    page = (ROOT / "docs" / "lints" / "redundant-rule.md").read_text(encoding="utf-8")
    assert run("rule", "redundant-rule").output == page


def test_rule_lists_all_pages() -> None:
    lines = run("rule").output.splitlines()
    assert [line.split()[0] for line in lines] == [each.name for each in pages()]
    assert "tied-patterns         warning  Two patterns are equally specific" in "\n".join(lines)


def test_rule_asks_about_a_name_misspelt() -> None:
    result = run("rule", "redundent-rule")
    assert result.exit_code == 2
    assert "did you mean `redundant-rule`?" in result.output


def test_the_index_lists_the_pages() -> None:
    index = (ROOT / "docs" / "lints" / "README.md").read_text(encoding="utf-8")
    for severity in ("error", "warning"):
        rows = [f"| [{each.name}]({each.name}.md) | {each.summary} |" for each in pages() if each.severity == severity]
        assert "\n".join(rows) in index
