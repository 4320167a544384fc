"""What the programs can do stands in the docs."""

from pathlib import Path

import pytest

from fetchrun.cli import main as fetchrun

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize("command", fetchrun.list_commands(None))  # type: ignore[arg-type]
def test_every_command_of_the_runner_has_its_section(command: str) -> None:
    assert f"\n### {command}\n" in (DOCS / "fetchrun.md").read_text()


def test_every_link_in_the_docs_leads_somewhere() -> None:
    import re

    pages = [*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md"), *DOCS.parent.glob("examples/*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text())]
    assert links
    assert [f"{page}: {link}" for page, link in links if not (page.parent / link).exists()] == []
