"""What the comparison with other programs names is there."""

import re
from pathlib import Path

import pytest

from fetchrun.cli import main as fetchrun
from sortlang.cli import main as sortlang
from sortlang.settings import SETTINGS
from sortlang.syntax.keywords import KEYWORDS

PAGE = (Path(__file__).parent.parent / "docs" / "comparison.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| feature")]
NAMES = sorted(set(re.findall(r"`([^`]+)`", PAGE)))
PROGRAMS = {"fetchrun": fetchrun, "sortlang": sortlang}
WORDS = {
    *(each.name for each in SETTINGS),
    *KEYWORDS,
    *("discard", "maildir", "lmtp", "smtp", "pipe"),  # targets
    *("between", "on", "strip"),  # inside a setting
}
ELSEWHERE = {"Received", "Received … for", '"anna+*@example.com"', "ssh -L"}
"""What stands in backquotes and is neither a word of the language nor a command."""


@pytest.mark.parametrize("name", [each for each in NAMES if each not in ELSEWHERE])
def test_every_name_is_that_of_something_there(name: str) -> None:
    assert _there(name)


@pytest.mark.parametrize("name", ["fetchrun fly", "sortlang fly", "mbox", "tls pins", "password netrc", "auth md4"])
def test_a_name_of_nothing_is_noticed(name: str) -> None:
    assert not _there(name)


def test_every_row_says_something() -> None:
    assert len(ROWS) > 50
    assert all(re.fullmatch(r"\| [^|]+ \| [^|]+ \|", each) for each in ROWS)


def _there(name: str) -> bool:
    first, *rest = name.split()
    if first in PROGRAMS:
        return rest[0] in PROGRAMS[first].list_commands(None)  # type: ignore[arg-type]
    return first in WORDS and all(_documented(first, each) for each in rest)


def _documented(word: str, value: str) -> bool:
    """Whether the manual shows the word with that value."""
    pages = "\n".join(each.read_text() for each in (Path(__file__).parent.parent / "docs").glob("*.md"))
    others = pages.replace(PAGE, "")
    return re.search(rf"\b{word}\b[^\n]*(?<!\w){re.escape(value)}(?!\w)", others) is not None
