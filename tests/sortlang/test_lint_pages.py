"""Every finding has a page, and what the page shows is so."""

import re
from pathlib import Path

import pytest

from in_memory import compiled

ROOT = Path(__file__).parents[2]
PAGES = sorted(each for each in (ROOT / "docs" / "lints").glob("*.md") if each.name != "README.md")
ELSEWHERE = {"control-character", "include-depth", "not-utf-8", "too-many-errors", "unreadable-file", "unwritable-file"}
"""What a page cannot show; test_files and test_include do."""

COMPANY = {"too-deep"}
"""What cannot be shown alone."""

FENCE = re.compile(r"^```sort ?(?P<name>\S*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
RAISED = re.compile(r'\b(?:error|warning|mistake|Lint|Diagnostic|_error)\(\s*"([a-z0-9-]+)"')


def section(page: Path, title: str) -> tuple[str, dict[str, str]]:
    """The rules file that a section shows, and the files beside it."""
    _, _, body = page.read_text(encoding="utf-8").partition(f"\n## {title}\n")
    files = {each["name"]: each["text"] for each in FENCE.finditer(body.partition("\n## ")[0])}
    return files.pop(""), files


@pytest.mark.parametrize("page", [each for each in PAGES if each.stem not in ELSEWHERE], ids=lambda page: page.stem)
def test_the_wrong_example_is_found_and_the_right_one_is_not(page: Path) -> None:
    wrong, right = compiled(*section(page, "Wrong"))[1], compiled(*section(page, "Right"))[1]
    names = {each.name for each in wrong}
    assert names == {page.stem} or (page.stem in names and page.stem in COMPANY)
    assert not right
    severity = "Error" if any(each.is_error for each in wrong) else "Warning"
    assert page.read_text(encoding="utf-8").startswith(f"# {page.stem}\n\n*{severity}.* ")


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_pages_without_examples_are_tested_elsewhere(name: str) -> None:
    others = (each for each in Path(__file__).parent.glob("test_*.py") if each.name != Path(__file__).name)
    assert any(f'"{name}"' in each.read_text(encoding="utf-8") for each in others)


def test_every_finding_has_a_page_and_every_page_a_finding() -> None:
    code = "".join(each.read_text(encoding="utf-8") for each in (ROOT / "src" / "sortlang").rglob("*.py"))
    assert set(RAISED.findall(code)) == {each.stem for each in PAGES}
