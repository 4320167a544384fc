"""How much a start imports: budgets in modules, which do not depend on the machine."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = """
import atexit, sys
before = set(sys.modules)
sys.argv = [{program!r}, *{arguments!r}]
atexit.register(lambda: open("modules", "w").write(" ".join(set(sys.modules) - before)))
from {program}.cli import main
main()
"""

RULES = """
account "office" < server "pop.example.com"; user "office"; password env "P"; disabled; >
sort "*@ex.com" -> "*@ex.com";
sort * -> anna@ex.com;
"""

HINT = """
A start has become slower: it imports more than its budget, or what it has no use for. Who imports what is said by
`python -X importtime .venv/bin/sortlang …`. Import where it is used, in the function, if most starts do without it;
make the budget larger only if every start of this command needs what has come.
"""

COMPILER = {"sortlang.syntax.parse", "sortlang.statements", "sortlang.lints", "sortlang.compile"}
MAIL = {"http", "email", "urllib.request", "tempfile", "random", "fetchrun.delivery.relay", "fetchrun.server.oauth"}
RUNNER = {"asyncio", "ssl", "socket", "sqlite3", "logging"}
RARE = {"lark", "rich", "watchdog", "idna", "xml", "difflib", "importlib.metadata"}


@dataclass(frozen=True)
class Start:
    """A command line, how many modules it may import, and which it must not, with all below them."""

    line: str
    budget: int
    without: set[str]


STARTS = (
    Start("sortlang --version", 75, RARE | RUNNER | MAIL | COMPILER),
    Start("sortlang --help", 85, RARE | RUNNER | MAIL | COMPILER),
    Start("fetchrun --version", 75, RARE | RUNNER | MAIL | COMPILER),
    Start("sortlang check mail.sort", 235, RARE | RUNNER | MAIL),
    Start("sortlang format --diff -", 145, RARE | RUNNER | MAIL | {"sortlang.lints", "sortlang.statements"}),
    Start("sortlang test mail.sort", 262, RARE | RUNNER | MAIL | {"sortlang.mutate"}),
    Start("sortlang explain anna@ex.com mail.sort", 248, RARE | RUNNER | MAIL),
    Start("sortlang route mail.sort", 231, RARE | RUNNER | MAIL),
    Start("sortlang route mail.table", 142, RARE | RUNNER | MAIL | COMPILER),
    Start("fetchrun once mail.sort", 410, RARE | MAIL),
    Start("fetchrun once mail.table", 322, RARE | MAIL | COMPILER),
    Start("fetchrun plan mail.sort", 382, RARE | MAIL),
    Start("fetchrun status mail.sort", 302, RARE | MAIL | (RUNNER - {"sqlite3"})),
    Start("fetchrun log mail.sort", 192, RARE | MAIL | COMPILER | (RUNNER - {"sqlite3"})),
    Start("fetchrun run --help", 470, (RARE - {"watchdog"}) | {"http", "email", "urllib.request"}),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small file, its table, and what a run leaves behind."""
    made = tmp_path_factory.mktemp("start")
    (made / "mail.sort").write_text(RULES)
    imported(made, "sortlang build mail.sort")
    imported(made, "fetchrun once mail.sort")
    return made


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.line)
def test_a_start_stays_in_its_budget(start: Start, folder: Path) -> None:
    modules = imported(folder, start.line)
    assert len(modules) <= start.budget, HINT
    assert not {each for each in modules if any(f"{each}.".startswith(f"{name}.") for name in start.without)}, HINT


def test_a_budget_notices(folder: Path) -> None:
    modules = imported(folder, "sortlang check --format junit mail.sort")
    assert {"xml", "http"} < modules


def imported(folder: Path, line: str) -> set[str]:
    """The modules that a command has imported in the end."""
    program, *arguments = line.split()
    script = SCRIPT.format(program=program, arguments=arguments)
    environment = {**os.environ, "XDG_STATE_HOME": str(folder)}
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True, input=""
    )
    assert run.returncode == 0, run.stderr
    return set((folder / "modules").read_text().split())
