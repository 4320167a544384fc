"""The tables of docs/reliability.md come from what tests have recorded."""

from pathlib import Path

import pytest

from reliability.page import written
from reliability.results import FOLDER, Result, record

DOCS = Path(__file__).parents[2] / "docs"
PAGE = "before\n<!-- table: kill -->\nold\n<!-- end of table -->\n<!-- table: power -->\nkept\n<!-- end of table -->\n"


def test_a_table_holds_the_sum_of_each_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "results"))
    record(Result("kill", "fsync|Maildir", points=3))
    record(Result("kill", "fsync|Maildir", points=4, lost=1, passed=False))
    record(Result("kill", "write", doubled=2, figures={"seconds": 1.5}))
    page = written(PAGE, tmp_path / "results")
    assert "| fsync\\|Maildir | 7 | 1 | 0 | 0 |  | FAILED |\n" in page
    assert "| write | 1 | 0 | 2 | 0 | 1.5 | passed |\n" in page
    assert "| **all** | **8** | **1** | **2** | **0** |  | FAILED |\n" in page
    assert "old" not in page
    assert page.startswith("before\n") and page.endswith("<!-- table: power -->\nkept\n<!-- end of table -->\n")


def test_the_same_results_give_the_same_page_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    record(Result("kill", "write"))
    page = written(PAGE, tmp_path)
    assert written(page, tmp_path) == page


def test_nothing_is_recorded_unless_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.chdir(tmp_path)
    record(Result("kill", "write"))
    assert list(tmp_path.iterdir()) == []


def test_no_table_of_the_page_tells_of_a_failure() -> None:
    page = (DOCS / "reliability.md").read_text()
    assert "FAILED" not in page
