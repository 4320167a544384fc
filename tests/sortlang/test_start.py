"""How much a start imports: budgets in modules, which do not depend on the machine."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
before = set(sys.modules)
sys.argv = [{program!r}, *{arguments!r}]
from {program}.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print(*sorted(set(sys.modules) - before), sep="\\n", file=sys.stderr)
"""

RULES = 'sort "*@ex.com" -> "*@ex.com";\nsort * -> anna@ex.com;\n'

HEAVY = {"lark", "idna", "difflib", "email", "http", "ssl", "socket", "tempfile", "xml", "hashlib", "rich", "asyncio"}
"""What a start of `sortlang` never waits for."""


def imported(program: str, *arguments: object) -> set[str]:
    """The modules that a command has imported in the end."""
    script = SCRIPT.format(program=program, arguments=[str(each) for each in arguments])
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stderr.split())


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A small file."""
    path = tmp_path / "mail.sort"
    path.write_text(RULES)
    return path


def test_check_of_a_small_file(rules: Path) -> None:
    modules = imported("sortlang", "check", rules)
    assert not modules & HEAVY
    assert len(modules) < 235


def test_format_of_a_small_file(rules: Path) -> None:
    assert not imported("sortlang", "format", "--check", rules) & (HEAVY - {"difflib", "tempfile"})


def test_a_table_is_asked_without_the_parser(rules: Path) -> None:
    imported("sortlang", "build", rules)
    modules = imported("sortlang", "route", rules.with_suffix(".table"))
    assert not modules & HEAVY
    assert not {
        each for each in modules if each.startswith(("sortlang.syntax.la", "sortlang.statements", "sortlang.lints"))
    }
    assert len(modules) < 180


def test_the_version_imports_no_compiler() -> None:
    modules = imported("sortlang", "--version")
    ours = {each for each in modules if each.startswith("sortlang.")}
    assert ours == {"sortlang.cli", "sortlang.commandline", "sortlang.version"}
