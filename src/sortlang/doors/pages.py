"""Pages: what there is to say about each finding."""

import re
from pathlib import Path

from sortlang.frozen import frozen

_HEAD = re.compile(r"# (?P<name>[a-z0-9-]+)\n\n\*(?P<severity>Error|Warning)\.\* (?P<summary>[^\n]*)\n")


@frozen
class Page:
    """`severity` is `error` or `warning`; `summary` one sentence; `text` the whole page, Markdown."""

    name: str
    severity: str
    summary: str
    text: str


def pages() -> tuple[Page, ...]:
    """All of them, by name."""
    return tuple(_page(path) for path in sorted(_folder().glob("*.md")) if path.name != "README.md")


def _folder() -> Path:
    """In the package in a wheel, in docs/ in a checkout."""
    here = Path(__file__).resolve()
    places = (here.parents[1] / "pages", here.parents[3] / "docs" / "lints")
    return next((each for each in places if each.is_dir()), places[0])


def _page(path: Path) -> Page:
    text = path.read_text(encoding="utf-8")
    head = _HEAD.match(text)
    assert head, f"{path.name} does not begin as a page does"
    return Page(head["name"], head["severity"].lower(), head["summary"], text)
