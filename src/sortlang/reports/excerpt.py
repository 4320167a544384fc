"""An excerpt: the line a finding is about, and a mark under its place."""

from sortlang.reports.screen import TAB, shown, width
from sortlang.reports.secrets import masked
from sortlang.source import Source, Span

BEFORE, AFTER = 60, 100
"""Of a long line, so many characters around the place are shown."""


def excerpt(span: Span, mark: str) -> list[str]:
    """Two lines, or none for a place in an empty file. What spans several lines is marked to the end of the first."""
    if not span.source.text:
        return []
    start, end = _window(span.source, span.start)
    cells = _cells(masked(span.source, start, end))
    before = width("".join(cells[: span.start - start]))
    marked = max(1, width("".join(cells[span.start - start : max(span.start, min(span.end, end)) - start])))
    left = "…" if start > _line(span.source, span.start)[0] else ""
    right = "…" if end < _line(span.source, span.start)[1] else ""
    margin = f"{span.line:>5} |"
    return [
        f"{margin} {left}{''.join(cells)}{right}".rstrip(),
        f"{' ' * (len(margin) - 1)}| {' ' * (len(left) + before)}{mark * marked}",
    ]


def _window(source: Source, place: int) -> tuple[int, int]:
    """The stretch of the line that is shown."""
    first, last = _line(source, place)
    return max(first, place - BEFORE), min(last, place + AFTER)


def _line(source: Source, place: int) -> tuple[int, int]:
    """Where the line of a place starts, and where its text ends."""
    first = source.text.rfind("\n", 0, place) + 1
    return first, first + len(source.line(source.position(place)[0]))


def _cells(text: str) -> list[str]:
    """Each character as it is printed, tabs as the spaces they stand for."""
    cells: list[str] = []
    column = 0
    for letter in text:
        cell = " " * (TAB - column % TAB) if letter == "\t" else shown(letter)
        column += width(cell)
        cells.append(cell)
    return cells
