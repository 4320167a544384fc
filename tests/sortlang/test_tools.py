"""The manual of the tools: every command has its section, every example prints what it shows."""

import re
import shlex
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from sortlang.cli import main

MANUAL = (Path(__file__).parents[2] / "docs" / "tools.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", MANUAL, re.MULTILINE | re.DOTALL))
FENCE = re.compile(
    r"^```(?P<kind>sort|eml|python|console)(?: (?P<name>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
SHOWN = re.compile(r"^\$ (?P<line>.*)\n(?P<output>(?:(?!\$ ).*\n)*)", re.MULTILINE)


@pytest.mark.parametrize("section", SECTIONS)
def test_examples_print_what_they_show(section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Top to bottom in a directory of their own: files are written, commands run."""
    monkeypatch.chdir(tmp_path)
    for fence in FENCE.finditer(SECTIONS[section]):
        if fence["name"]:
            Path(fence["name"]).write_text(fence["text"], encoding="utf-8")
        for shown in SHOWN.finditer(fence["text"]) if fence["kind"] == "console" else ():
            assert printed(shown["line"]) == shown["output"], shown["line"]


def printed(line: str) -> str:
    """What a command line prints; besides `sortlang` there are `cat` and `python`."""
    program, *arguments = shlex.split(line)
    if program == "cat":
        return "".join(Path(each).read_text(encoding="utf-8") for each in arguments)
    if program == "python":
        with redirect_stdout(StringIO()) as output:
            exec(Path(*arguments).read_text(encoding="utf-8"), {})
        return output.getvalue()
    assert program == "sortlang"
    text = Path(arguments.pop()).read_bytes() if "<" in arguments else None
    return CliRunner().invoke(main, [each for each in arguments if each != "<"], input=text).output


def test_sections_begin_with_how_the_command_is_called() -> None:
    assert SECTIONS
    for name, text in SECTIONS.items():
        assert text.startswith(f"\n`sortlang {name} "), name
