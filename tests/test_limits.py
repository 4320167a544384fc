"""The page of limits says what the constants say, and leaves none of them out."""

import importlib
import importlib.util
import re
from functools import reduce
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = re.findall(r"^\|.*?\| ([\d,]+) \|.*\| `([\w.]+)` \|$", (ROOT / "docs" / "limits.md").read_text(), re.MULTILINE)
BOUND = re.compile(r"^((?:MAX|MOST|HEAD_LIMIT|FIELD_LIMIT|LOGIN_SECONDS|SECONDS|AT_A_TIME)\w*) = ", re.MULTILINE)
ELSEWHERE = {"commands", "demo", "plot", "alarm"}
"""What people look at, and the server of the demo, bound nothing that a stranger sends."""


@pytest.mark.parametrize(("value", "name"), ROWS, ids=[name for _, name in ROWS])
def test_the_page_says_what_the_constant_says(value: str, name: str) -> None:
    assert int(value.replace(",", "")) == _constant(name)


def test_every_bound_of_the_runner_stands_on_the_page() -> None:
    there = {name for _, name in ROWS}
    found = {
        f"{'.'.join(path.relative_to(ROOT / 'src').with_suffix('').parts)}.{name}"
        for path in (ROOT / "src" / "fetchrun").rglob("*.py")
        if not ELSEWHERE & {*path.parts, path.stem}
        for name in BOUND.findall(path.read_text())
    }
    assert len(found) > 15
    assert found - there == set()


def _constant(name: str) -> object:
    parts = name.split(".")
    at = next(at for at in range(len(parts), 0, -1) if _is_module(".".join(parts[:at])))
    return reduce(getattr, parts[at:], importlib.import_module(".".join(parts[:at])))


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
