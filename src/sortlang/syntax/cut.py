"""A broken text cut into pieces that can be read, and be wrong, alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sortlang.frozen import frozen
from sortlang.syntax.keywords import ACCESS, ENTERED, INSIDE, KEYWORDS, SETTINGS
from sortlang.syntax.lexeme import Lexeme

MAX_DEPTH = 8
OPENERS = {"LESS": "MORE", "LEFT": "RIGHT"}
CLOSERS = frozenset(OPENERS.values())
_WORDS = SETTINGS.union(KEYWORDS)

Cut = Literal["line", "open", "close", "stray", "unclosed", "deep"]
"""A statement · a block's head with its bracket · its other bracket · a bracket that closes nothing · the place where a
block without end must end · a block too deep, its head alone."""


@frozen
class Piece:
    """A stretch of lexemes, and why it was cut off there."""

    cut: Cut
    lexemes: tuple[Lexeme, ...]


def cut(lexemes: Sequence[Lexeme]) -> Iterator[Piece]:
    """Pieces in order: cut at `;`, at brackets, at a line that begins with a keyword, behind an unclosed string."""
    kinds = [each.type for each in lexemes]
    opened = sum(kinds.count(each) for each in OPENERS)
    closed = sum(kinds.count(each) for each in CLOSERS)
    knife = _Knife(lexemes, unbalanced=opened > closed)
    while knife.index < len(lexemes):
        yield from knife.take()
    yield from knife.flush()
    yield from knife.close_all()


@dataclass(slots=True)
class _Knife:
    lexemes: Sequence[Lexeme]
    unbalanced: bool
    index: int = 0
    depth: int = 0
    piece: list[Lexeme] = field(default_factory=list)

    def take(self) -> Iterator[Piece]:
        lexeme = self.lexemes[self.index]
        self.index += 1
        if self._begins(lexeme):
            yield from self.flush()
            if self.unbalanced and lexeme.text in KEYWORDS and lexeme.text not in INSIDE:
                yield from self.close_all()
        if lexeme.type in CLOSERS and self._closes():
            yield from self._close(lexeme)
            return
        self.piece.append(lexeme)
        if lexeme.type in OPENERS and self._opens():
            yield self._open()
        elif lexeme.type == "END":
            yield from self.flush()
        elif lexeme.type == "UNCLOSED" and not self._next("END"):
            yield from self._break_off(lexeme)

    def flush(self) -> Iterator[Piece]:
        if self.piece:
            yield Piece("line", tuple(self.piece))
            self.piece.clear()

    def close_all(self) -> Iterator[Piece]:
        for _ in range(self.depth):
            yield Piece("unclosed", ())
        self.depth = 0

    def _begins(self, lexeme: Lexeme) -> bool:
        """A keyword that begins a line begins a statement, whatever stands before; a setting's word, behind a value."""
        if lexeme.type != "WORD" or lexeme.text not in _WORDS or not lexeme.first:
            return False
        waiting = not self.piece or self.piece[-1].type in ("COMMA", "ARROW", "EQUALS", "NOTARROW")
        goes_on = lexeme.text in ACCESS and any(each.text in ENTERED for each in self.piece)
        return lexeme.text in KEYWORDS or not (waiting or goes_on)

    def _opens(self) -> bool:
        """A `<` opens a block unless it stands where an arrow was meant."""
        keyword = self.piece[0].text
        shape = KEYWORDS.get(keyword, "block")
        return shape == "block" and not any(each.type == "ARROW" for each in self.piece)

    def _open(self) -> Piece:
        head = tuple(self.piece)
        self.piece.clear()
        if self.depth == MAX_DEPTH:
            self._skip_block()
            return Piece("deep", head)
        self.depth += 1
        return Piece("open", head)

    def _skip_block(self) -> None:
        depth = 1
        while depth and self.index < len(self.lexemes):
            kind = self.lexemes[self.index].type
            depth += (kind in OPENERS) - (kind in CLOSERS)
            self.index += 1

    def _closes(self) -> bool:
        """A `>` closes a block unless it stands where an arrow was meant: between values, in the middle of a line."""
        if not self.piece:
            return True
        if self.depth == 0:
            return False
        if self.index == len(self.lexemes):
            return True
        following = self.lexemes[self.index]
        return following.type in CLOSERS or following.type == "END" or following.text in KEYWORDS or following.first

    def _next(self, kind: str) -> bool:
        return self.index < len(self.lexemes) and self.lexemes[self.index].type == kind

    def _close(self, lexeme: Lexeme) -> Iterator[Piece]:
        yield from self.flush()
        if self.depth == 0:
            yield Piece("stray", (lexeme,))
            return
        self.depth -= 1
        closing = [lexeme]
        if self._next("END"):
            closing.append(self.lexemes[self.index])
            self.index += 1
        yield Piece("close", tuple(closing))

    def _break_off(self, lexeme: Lexeme) -> Iterator[Piece]:
        """An unclosed string takes the rest of its line; a bracket at its end most likely was one."""
        yield from self.flush()
        swallowed = lexeme.text.rstrip()
        if self.unbalanced and self.depth and swallowed.endswith((">", "}")):
            self.depth -= 1
            at = lexeme.start + len(swallowed) - 1
            yield Piece("close", (Lexeme("MORE" if swallowed[-1] == ">" else "RIGHT", at, at + 1, lexeme.page),))
