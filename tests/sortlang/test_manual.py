"""The manual: every word of the language has its section, every example is clean."""

import re
from pathlib import Path

import pytest

from in_memory import compiled
from sortlang.cli import COMMANDS
from sortlang.settings import BY_NAME, SETTINGS
from sortlang.statement import KINDS

DOCS = Path(__file__).parents[2] / "docs"
MANUAL, TOOLS = ((DOCS / name).read_text(encoding="utf-8") for name in ("language.md", "tools.md"))
EXAMPLES = re.findall(r"^```sort\n(.*?)^```$", MANUAL, re.MULTILINE | re.DOTALL)
LINES = re.findall(rf"`((?:{'|'.join(each.name for each in SETTINGS)})\b[^`]*;)`", MANUAL)
LISTS = {"people.txt": "anna", "aliases": "info: anna", "/etc/aliases": "info: anna"}
WHOLE = 'account "a" < server "pop.ex.com"; user "u"; password env "P"; {} >\nsort * -> a@ex.com;'


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_clean(example: str) -> None:
    assert compiled(example)[1] == ()


def test_every_statement_and_setting_has_its_section() -> None:
    assert {each.name for each in KINDS} <= set(re.findall(r"^## ([a-z]+)$", MANUAL, re.MULTILINE))
    assert [each.name for each in SETTINGS] == re.findall(r"^### (\w+)$", MANUAL, re.MULTILINE)
    assert all(f"`sortlang {each} " in MANUAL + TOOLS for each in COMMANDS)


@pytest.mark.parametrize("line", sorted(set(LINES)))
def test_settings_in_the_text_mean_something(line: str) -> None:
    word = line.split()[0]
    text = _at_home(word, line)
    assert {each.name for each in compiled(text, LISTS)[1]} <= {"literal-password", "cleartext-password"}, text


def _at_home(word: str, line: str) -> str:
    home = BY_NAME[word].blocks
    if home == ("domain",):
        return f'domain "ex.com" < {line} > sort anna@ex.com -> anna@ex.com; sort * -> anna@ex.org;'
    return f"defaults < {line} >" if home == ("defaults",) else _in_account(word, line)


def _in_account(word: str, line: str) -> str:
    instead = {"server": "server", "user": "user", "password": "password", "oauth": "password"}.get(word, "nothing")
    return re.sub(rf"\b{instead} [^;]*;", "", WHOLE, count=1).replace("{}", line)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_usage_that_hints_show_is_right(setting: object) -> None:
    line = f"{setting.usage};"  # type: ignore[attr-defined]
    word = setting.name  # type: ignore[attr-defined]
    assert compiled(_at_home(word, line), LISTS)[1] == ()
