"""docs/security.md forgets no point of the list, and names tests that are there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path("docs/security.md").read_text()
LINES = [[each.strip() for each in line[1:-1].split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
ROWS = {name: cells for name, *cells in LINES}
ADVISORIES = {
    *(f"SA-2005-0{each}" for each in (1, 2, 3)),
    *(f"SA-2006-0{each}" for each in (1, 2, 3)),
    *(f"SA-{each}" for each in ("2007-01", "2007-02", "2008-01", "2009-01", "2010-01", "2010-02", "2011-01")),
    *(f"SA-{each}" for each in ("2012-01", "2012-02", "2021-01", "2021-02", "2025-01", "2026-01")),
    *("6.6.4", "6.6.5", "6.6.6"),
}


def named(row: str) -> list[str]:
    """The tests in the last column of a row."""
    return re.findall(r"`([^`]+)`", ROWS[row][-1])


def held(place: Path) -> Iterator[str]:
    """The names of what is tried in that file: its tests, or the scenarios it lists."""
    if place.suffix == ".py":
        tree = ast.parse(place.read_text())
        yield from (each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
    elif place.suffix == ".toml":
        yield from re.findall(r'^\["(.+?)(?: \(.*)?"\]', place.read_text(), re.M)


def is_there(reference: str) -> bool:
    """A test, a scenario by the beginning of its name, a dialogue, or the page of a lint, which is a test."""
    file, _, name = reference.partition("::")
    places = [*Path("tests").rglob(file), *Path("docs/lints").glob(file)]
    return any(not name or name in held(each) for each in places)


def test_no_point_is_forgotten() -> None:
    assert [f"S{number:02}" for number in range(1, 46) if f"S{number:02}" not in ROWS] == []


def test_s45_every_advisory_has_a_test() -> None:
    assert ROWS.keys() >= ADVISORIES
    assert [each for each in ADVISORIES - {"6.6.4"} if not named(each)] == []


@pytest.mark.parametrize("row", [each for each in ROWS if re.match(r"S\d\d$|SA-|6\.", each)])
def test_a_row_names_tests_that_are_there_or_says_why_there_is_none(row: str) -> None:
    assert named(row) or "not tested: " in " ".join(ROWS[row])
    assert [each for each in named(row) if not is_there(each)] == []


def test_it_would_notice_a_test_that_is_gone() -> None:
    assert is_there("test_checklist.py::test_no_point_is_forgotten") and is_there("surplus.txt")
    assert not is_there("test_checklist.py::test_that_never_was")
    assert not is_there("never-was.txt")
    assert not is_there("lists.toml::F99 never was")
