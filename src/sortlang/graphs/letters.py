"""Letters: text as XML may hold it, and as wide as a column may be."""

from collections.abc import Iterable
from html import escape

from sortlang.reports.screen import visible, width


def xml(text: str) -> str:
    """Text between tags or in an attribute; letters that XML forbids, or that nobody sees, are written out."""
    return escape("\n".join(map(visible, text.split("\n"))))


def cut(text: str, most: int) -> str:
    """The text in at most so many columns."""
    text = visible(text)
    if width(text) <= most:
        return text
    while width(text) > most - 1:
        text = text[: most - 1] if len(text) >= most else text[:-1]
    return text + "…"


def wrapped(words: Iterable[str], most: int) -> list[list[str]]:
    """Words in lines of so many columns, a space between two; a word that is longer is cut."""
    lines: list[list[str]] = [[]]
    room = most
    for word in (cut(each, most) for each in words):
        room -= width(word) + 1
        if lines[-1] and room < -1:
            lines.append([])
            room = most - width(word) - 1
        lines[-1].append(word)
    return lines
