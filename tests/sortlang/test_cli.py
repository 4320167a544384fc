"""The command line: what is printed, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sortlang.cli import main

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
HEAD, FIVE, WARNED = (str(CASES / each) for each in ("good/head.sort", "bad/five-mistakes.sort", "bad/warnings.sort"))


def run(*arguments: str, text: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(main, arguments, input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((HEAD,), 0),
        ((HEAD, HEAD), 0),
        ((WARNED,), 0),
        ((WARNED, "--strict"), 1),
        ((FIVE,), 1),
        ((HEAD, FIVE), 1),
        ((FIVE, "nowhere.sort"), 2),
        ((str(CASES / "good"),), 0),
        ((str(CASES / "bad"),), 1),
        ((HEAD, "--format", "prose"), 2),
        ((), 2),
    ],
)
def test_check_ends_with_a_status(arguments: tuple[str, ...], status: int) -> None:
    assert run("check", *arguments).exit_code == status


def test_check_says_what_it_found() -> None:
    assert run("check", HEAD, HEAD).output == "no findings in 1 file\n"
    assert run("check", FIVE, HEAD).output.endswith("\n5 errors, 2 of them with a fix: `sortlang check --fix`\n")


def test_check_in_json() -> None:
    assert json.loads(run("check", HEAD, "--format", "json").output) == []
    names = [each["name"] for each in json.loads(run("check", FIVE, "--format", "json").output)]
    assert names == ["unknown-setting", "wrong-value", "unbound-star", "syntax-error", "invalid-pattern"]


def test_check_reads_standard_input() -> None:
    assert run("check", "-", text="sort * -> a@ex.com;").exit_code == 0
    assert run("check", "-", text="sort * -> a;").output.startswith("<stdin>:1:11: error[unknown-target]")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(content=st.binary(max_size=200))
def test_check_has_no_traceback_for_any_bytes(content: bytes) -> None:
    assert run("check", "-", text=content).exit_code in (0, 1, 2)  # 2: what begins like a table and is none


def test_explain() -> None:
    first = run("explain", "anna@ex.com", HEAD)
    assert (first.exit_code, first.output.splitlines()[0]) == (0, "anna@ex.com -> anna@ex.com")
    second = run("explain", "nobody@other.org", HEAD, "--account", "x")
    assert second.output.splitlines()[0] == 'nobody@other.org through account "x" -> admin@ex.com'
    assert run("explain", "*", HEAD).output.splitlines()[0] == "mail without a recipient -> admin@ex.com"


def test_explain_ends_with_a_status() -> None:
    assert run("explain", "anna@ex.com", FIVE).exit_code == 1
    assert run("explain", "anna@ex.com", "nowhere.sort").exit_code == 2
    assert run("explain", "anna", HEAD).exit_code == 2
    assert "there are: x" in run("explain", "a@b.c", HEAD, "--account", "y").output


def test_help_names_every_command() -> None:
    shown = run("--help").output
    for name in main.lines:
        assert name in shown
        assert run(name, "--help").exit_code == 0
    assert run("chek").exit_code == 2
    assert run("--version").output.startswith("sortlang")


def started(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from sortlang.cli import main; sys.argv[0] = 'sortlang'; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, encoding="latin-1"
    )


def test_a_terminal_that_lacks_a_letter_gets_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "a.sort"
    path.write_text("sort 日@ex.com -> ü;", encoding="utf-8")
    result = started("check", str(path), PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
    assert result.stderr == ""
    assert "sort \\u65e5@ex.com" in result.stdout


@pytest.mark.parametrize("arguments", [("check", HEAD), ("--help",)])
def test_no_command_loads_what_it_has_no_use_for(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys; from sortlang.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(*(each for each in ('rich', 'watchdog', 'asyncio', 'fetchrun', 'sortlang.commands.explain')\n"
        "                 if each in sys.modules), file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, encoding="latin-1"
    )
    assert (result.returncode, result.stderr.strip()) == (0, "")


GARBAGE = """
import atexit, gc
from {program}.cli import main
from {module} import {name} as called
def seen(*arguments):
    print(gc.isenabled(), gc.get_freeze_count() > 1000)
    return called(*arguments)
import {command}
{command}.{name} = seen
atexit.register(lambda: print(gc.get_freeze_count() > 1000))
main({arguments!r})
"""


@pytest.mark.parametrize(
    ("command", "module", "name", "said"),
    [
        ("sortlang.commands.check", "sortlang.doors.roots", "roots", "False False"),
        ("fetchrun.commands.once", "fetchrun.once", "once", "True True"),
    ],
)
def test_garbage_is_looked_for_by_what_takes_long_alone(
    command: str, module: str, name: str, said: str, tmp_path: Path
) -> None:
    rules = tmp_path / "mail.sort"
    rules.write_text("sort * -> anna@ex.com;")
    program, _, verb = command.replace(".commands", "").partition(".")
    state = ["--state", str(tmp_path)] if program == "fetchrun" else []
    code = GARBAGE.format(
        program=program, command=command, module=module, name=name, arguments=[verb, str(rules), *state]
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    first, *_, last = ended.stdout.splitlines()
    assert (first, last, ended.returncode) == (said, "True", 0), ended.stderr


def test_completion_imports_no_command() -> None:
    code = (
        "import sys; from sortlang.cli import main; sys.argv = ['sortlang']\n"
        "try: main()\n"
        "finally: print(*(each for each in sys.modules if 'commands.' in each), file=sys.stderr)"
    )
    asked = {"_SORTLANG_COMPLETE": "bash_complete", "COMP_WORDS": "sortlang che", "COMP_CWORD": "1"}
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **asked}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (result.stdout.split(), result.stderr.strip()) == (["plain,check"], "")
