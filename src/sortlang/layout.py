"""Layout: the house style of rules files, from lexemes to lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sortlang.frozen import frozen
from sortlang.reports.screen import width
from sortlang.syntax.keywords import KEYWORDS
from sortlang.syntax.lexeme import Lexeme
from sortlang.syntax.tree import Comment

WIDTH = 100
"""Columns; a line gets longer only where nothing in it may be parted."""

INDENT = "    "
_OPEN, _CLOSE = frozenset({"LESS", "LEFT"}), frozenset({"MORE", "RIGHT"})


@frozen
class Mark:
    """A lexeme or a comment as it is printed; `above`: how many line ends stand before it, from 2 on a blank line."""

    kind: str
    text: str
    above: int


@dataclass(slots=True)
class Phrase:
    """What belongs together: a statement, a block's head, the end of a block, or a comment on a line of its own."""

    depth: int
    marks: list[Mark] = field(default_factory=list)

    @property
    def last(self) -> Mark:
        """The last one that is no comment, if there is any."""
        return next((each for each in reversed(self.marks) if each.kind != "COMMENT"), self.marks[-1])

    @property
    def opens(self) -> bool:
        return self.last.kind in _OPEN

    @property
    def closes(self) -> bool:
        return self.marks[0].kind in _CLOSE


def marks(text: str, lexemes: Sequence[Lexeme], comments: Sequence[Comment]) -> Iterator[Mark]:
    """All that a text holds besides white space, in its order; block brackets are angle brackets."""
    brackets = {"LEFT": ("LESS", "<"), "RIGHT": ("MORE", ">")}
    places = [(each.start, each.end, each.type) for each in lexemes]
    places += [(each.span.start, each.span.end, "COMMENT") for each in comments]
    before = 0
    for start, end, kind in sorted(places):
        kind, shown = brackets.get(kind, (kind, text[start:end]))
        yield Mark(kind, shown, text.count("\n", before, start))
        before = end


def phrases(every: Sequence[Mark]) -> Iterator[Phrase]:
    """The marks of a sound text, cut where a line has to end."""
    phrase = Phrase(0)
    for index, mark in enumerate(every):
        following = every[index + 1] if index + 1 < len(every) else None
        if mark.kind in _CLOSE and not _empty(phrase):
            phrase.depth -= 1
        phrase.marks.append(mark)
        if _ends(phrase, following):
            yield phrase
            phrase = Phrase(phrase.depth + phrase.opens)


def _empty(phrase: Phrase) -> bool:
    """Whether a block has just been opened and stays on its line as `< >`."""
    return bool(phrase.marks) and phrase.marks[-1].kind in _OPEN


def _ends(phrase: Phrase, following: Mark | None) -> bool:
    """Whether a line ends here: behind `;`, `<` and `>`, and behind the comment that stands there."""
    if following is None:
        return True
    if following.kind == "COMMENT" and not following.above:
        return False
    last = phrase.last
    if last.kind in _OPEN:
        return following.kind not in _CLOSE or phrase.marks[-1] is not last
    return last.kind in ("END", "COMMENT") or (last.kind in _CLOSE and following.kind != "END")


def rows(phrase: Phrase) -> list[str]:
    """The lines of a phrase, the first one indented by its depth, the others by one more."""
    setting = _Setting(INDENT * phrase.depth)
    for piece in _pieces(phrase.marks):
        setting.add(piece)
    return setting.rows


def _pieces(every: Sequence[Mark]) -> Iterator[list[Mark]]:
    """A phrase cut where a line may end: behind a comma, before an arrow, on both sides of a comment."""
    piece: list[Mark] = []
    for mark in every:
        if piece and (mark.kind in ("ARROW", "COMMENT") or piece[-1].kind in ("COMMA", "COMMENT")):
            yield piece
            piece = []
        piece.append(mark)
    yield piece


@dataclass(slots=True)
class _Setting:
    """The lines set so far. `commented`: a comment ends the last one."""

    indent: str
    rows: list[str] = field(default_factory=list)
    commented: bool = False

    def add(self, piece: list[Mark]) -> None:
        text = _joined(piece)
        comment = piece[0].kind == "COMMENT"
        if not self.rows:
            self.rows.append(self.indent + text)
        elif self.commented or (piece[0].above if comment else self._parts(piece[0], text)):
            self.rows.append(self.indent + INDENT + text)
        else:
            self.rows[-1] += ("  " if comment else " ") + text
        self.commented = comment

    def _parts(self, first: Mark, text: str) -> bool:
        """Whether a line ends before a piece: the author ended one behind a comma, names took several, it is full."""
        if first.kind == "WORD" and first.text in KEYWORDS:
            return False  # at the start of a line it would begin a statement
        parted = len(self.rows) > 1 if first.kind == "ARROW" else first.above > 0
        return parted or width(self.rows[-1]) + 1 + width(text) > WIDTH


def _joined(piece: Sequence[Mark]) -> str:
    text = piece[0].text
    for mark in piece[1:]:
        text += mark.text if mark.kind in ("COMMA", "END") else f" {mark.text}"
    return text
