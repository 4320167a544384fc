"""What docs/ci.md promises, in a real repository: the hooks under pre-commit, the steps of both workflow files."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from sortlang.cli import COMMANDS

ROOT = Path(__file__).parents[2]
HOOKS = {each["id"]: each for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
GITHUB = yaml.safe_load((ROOT / "examples" / "ci" / "sortlang.yml").read_text())
GITLAB = yaml.safe_load((ROOT / "examples" / "ci" / "gitlab.yml").read_text())["mail rules"]
STEPS = {each["name"]: each for each in GITHUB["jobs"]["rules"]["steps"] if "name" in each}

GOOD = {
    "mail.sort": 'include "people.sort";\n\nsort * -> postmaster@example.com;\n',
    "people.sort": "sort anna@example.com -> anna@example.com;\nsort ben@example.com -> anna@example.com;\n",
}
BAD = "sort anna@example.com -> anna;\n"
UNTIDY = "sort   anna@example.com->anna@example.com;\n"


def there(script: str) -> bool:
    """Whether `sortlang` has the commands of a script."""
    words = script.split()
    return all(after in COMMANDS for word, after in pairwise(words) if word == "sortlang")


class Repository:
    """A repository of rules on a branch off `main`, with `sortlang` and `pre-commit` of this environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        home = {"HOME": str(folder.parent), "GIT_CONFIG_NOSYSTEM": "1", "PRE_COMMIT_HOME": str(folder.parent / "hooks")}
        names = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {"PATH": path, "PYTHONPATH": str(ROOT / "src"), "LC_ALL": "C.UTF-8", **home, **names}
        folder.mkdir()
        self.run("git init -q -b main")
        self.write(GOOD)
        self.run("git add . && git commit -q -m one && git checkout -q -b change")

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.folder / name).write_text(text)

    def run(self, script: str, status: int = 0, **environment: str) -> str:
        """What a script prints, as a runner runs it; it must end so."""
        environment = {**self.environment, **environment}
        shell = ["bash", "-e", "-o", "pipefail", "-c", script]
        done = subprocess.run(shell, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "rules")


def configured(repository: Repository, *hooks: str) -> None:
    """The hooks as they are, but for the environment, which pre-commit would build from a package registry."""
    local = [{**HOOKS[each], "language": "system"} for each in hooks]
    config = {"repos": [{"repo": "local", "hooks": local}]}
    repository.write({".pre-commit-config.yaml": yaml.safe_dump(config)})
    repository.run("git add .pre-commit-config.yaml && git commit -q -m hooks && pre-commit install")


def test_the_hooks_are_valid() -> None:
    program = str(Path(sys.executable).with_name("pre-commit"))
    subprocess.run([program, "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")], check=True)
    assert list(HOOKS) == ["sortlang-check", "sortlang-format", "sortlang-test"]


def test_a_commit_with_a_mistake_is_refused(repository: Repository) -> None:
    configured(repository, "sortlang-check")
    repository.write({"people.sort": BAD})
    assert "people.sort:1:26: error[unknown-target]" in repository.run("git commit -q -a -m bad", status=1)
    repository.write({"people.sort": GOOD["people.sort"] + "sort carl@example.com -> anna@example.com;\n"})
    assert "Passed" in repository.run("git commit -q -a -m good")


def test_a_commit_of_something_else_checks_no_rules(repository: Repository) -> None:
    configured(repository, "sortlang-check")
    repository.write({"README": "rules"})
    assert "Skipped" in repository.run("git add README && git commit -q -m readme")


def test_untidy_rules_are_laid_out_and_can_then_be_committed(repository: Repository) -> None:
    configured(repository, "sortlang-format")
    repository.write({"people.sort": UNTIDY})
    assert "files were modified by this hook" in repository.run("git commit -q -a -m untidy", status=1)
    assert (repository.folder / "people.sort").read_text() == "sort anna@example.com -> anna@example.com;\n"
    repository.run("git commit -q -a -m tidy")


@pytest.mark.skipif(not there(HOOKS["sortlang-test"]["entry"]), reason="there is no `sortlang test`")
def test_a_commit_that_breaks_an_expectation_is_refused(repository: Repository) -> None:
    configured(repository, "sortlang-test")
    kept = 'expect "anna@example.com" -> anna@example.com;\n'
    repository.write({"people.sort": GOOD["people.sort"] + kept})
    repository.run("git commit -q -a -m expect")
    repository.write({"people.sort": GOOD["people.sort"].replace("-> anna", "-> ben", 1) + kept})
    repository.run("git commit -q -a -m broken", status=1)


@pytest.mark.parametrize("step", [name for name in ("Check", "Format", "Test") if there(STEPS[name]["run"])])
def test_a_step_of_the_workflow_passes_good_rules_and_stops_bad_ones(step: str, repository: Repository) -> None:
    repository.run(STEPS[step]["run"])
    repository.write({"people.sort": BAD if step != "Test" else 'expect "ben@example.com" -> ben@example.com;\n'})
    if step == "Format":
        repository.write({"people.sort": UNTIDY})
    shown = repository.run(STEPS[step]["run"], status=1)
    assert step != "Check" or "::error title=sortlang (unknown-target),file=people.sort,line=1,col=26" in shown


@pytest.mark.skipif(not there(STEPS["Whose mail would go elsewhere"]["run"]), reason="there is no `sortlang diff`")
def test_a_pull_request_says_whose_mail_would_go_elsewhere(repository: Repository, tmp_path: Path) -> None:
    repository.run("git branch origin/main main")
    repository.write({"people.sort": GOOD["people.sort"].replace("ben@example.com -> anna", "ben@example.com -> ben")})
    repository.run("git commit -q -a -m move")
    summary = tmp_path / "summary.md"
    script = STEPS["Whose mail would go elsewhere"]["run"]
    repository.run(script, BASE="origin/main", GITHUB_STEP_SUMMARY=str(summary))
    assert "ben@example.com" in summary.read_text()
    assert "anna@example.com" in summary.read_text()
    repository.write({"people.sort": BAD})
    repository.run("git commit -q -a -m bad")
    repository.run(script, status=1, BASE="origin/main", GITHUB_STEP_SUMMARY=str(summary))


def test_the_gitlab_job_leaves_both_reports(repository: Repository) -> None:
    for line in filter(there, GITLAB["script"]):
        repository.run(line)
    reports = {name: (repository.folder / path).read_text() for name, path in GITLAB["artifacts"]["reports"].items()}
    assert reports["codequality"] == "[]\n"
    assert 'failures="0"' in reports["junit"]
    repository.write({"people.sort": BAD})
    repository.run(GITLAB["script"][0])
    repository.run(GITLAB["script"][1], status=1)
    assert "unknown-target" in (repository.folder / "sortlang.json").read_text()
    assert 'failures="1"' in (repository.folder / "sortlang.xml").read_text()


def test_the_manual_names_every_hook_and_file() -> None:
    manual = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    assert all(f"`{each}`" in manual for each in HOOKS)
    assert all(f"(../examples/ci/{each.name})" in manual for each in (ROOT / "examples" / "ci").iterdir())
