"""Files that must be refused, word by word, and files that must be clean."""

from pathlib import Path

import pytest

from sortlang.files import load
from sortlang.report import report

CASES = Path(__file__).parents[1] / "cases"
BAD = sorted((CASES / "bad").glob("*.sort"))
GOOD = sorted((CASES / "good").glob("*.sort"))


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.stem)
def test_bad(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report is the text beside the file; to accept a new one, write it there and read it."""
    monkeypatch.chdir(case.parent)
    shown = report(load(case.name)[1]) + "\n"
    assert shown == case.with_suffix(".txt").read_text(encoding="utf-8")
    assert "canary" not in shown


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.stem)
def test_good(case: Path) -> None:
    program, found = load(case)
    assert not found
    assert program


def test_there_are_cases() -> None:
    assert len(BAD) >= 5
    assert len(GOOD) >= 2


def test_five_mistakes_are_five_findings() -> None:
    _, found = load(CASES / "bad" / "five-mistakes.sort")
    assert len(found) == 5
    assert all(each.is_error for each in found)
