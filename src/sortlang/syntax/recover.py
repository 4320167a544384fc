"""A text that cannot be read as a whole, read piece by piece."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sortlang.diagnostic import Diagnostic, Diagnostics, Related, error
from sortlang.source import Span
from sortlang.syntax.blame import blame
from sortlang.syntax.control import has_control
from sortlang.syntax.cut import MAX_DEPTH, OPENERS, Piece, cut
from sortlang.syntax.lalr import accepts, build
from sortlang.syntax.lexeme import Lexeme
from sortlang.syntax.repair import repair, repaired
from sortlang.syntax.tree import Statement

MOST = 100
"""After so many findings the rest is not worth reading."""


def recover(lexemes: Sequence[Lexeme]) -> tuple[list[Statement], Diagnostics]:
    """What the pieces say, and at least one finding. A piece with one obvious mistake is taken as it was meant."""
    reading = _Reading()
    for piece in cut(lexemes):
        if len(reading.found) >= MOST:
            reading.give_up(piece)
            break
        _READ[piece.cut](reading, piece.lexemes)
    while len(reading.blocks) > 1:
        reading.end_block(None)
    return reading.blocks[0].inside, tuple(reading.found)


@dataclass(slots=True)
class _Block:
    """An open block: its bracket, the statement it makes (None: unreadable), what it holds so far."""

    bracket: Lexeme | None = None
    head: Statement | None = None
    inside: list[Statement] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    blocks: list[_Block] = field(default_factory=lambda: [_Block()])
    found: list[Diagnostic] = field(default_factory=list)

    def line(self, lexemes: Sequence[Lexeme]) -> None:
        statements = build(lexemes) if accepts(lexemes) else None
        self.blocks[-1].inside += self._mended(lexemes) if statements is None else statements

    def open(self, lexemes: Sequence[Lexeme]) -> None:
        """Reads the head as a block that is closed at once."""
        bracket = lexemes[-1]
        whole = [*lexemes, bracket._replace(type=OPENERS[bracket.type], start=bracket.end)]
        heads = build(whole)
        if heads is None:
            heads = self._mended(whole)
        self.blocks[-1].inside += heads[:-1]
        self.blocks.append(_Block(bracket, heads[-1] if heads else None))

    def close(self, lexemes: Sequence[Lexeme]) -> None:
        opening = self.blocks[-1].bracket
        if opening is not None and lexemes[0].type != OPENERS[opening.type]:
            right = ">" if opening.type == "LESS" else "}"
            self.found.append(
                error(
                    "syntax-error",
                    f"expected `{right}`, found `{lexemes[0].text}`",
                    lexemes[0].span,
                    f"replace `{lexemes[0].text}` by `{right}`",
                    (Related(opening.span, "the block begins here"),),
                )
            )
        self.end_block(lexemes[-1])

    def stray(self, lexemes: Sequence[Lexeme]) -> None:
        mark = lexemes[0].text
        self.found.append(error("syntax-error", f"`{mark}` closes nothing", lexemes[0].span, f"remove `{mark}`"))

    def unclosed(self, _: Sequence[Lexeme]) -> None:
        bracket = self.blocks[-1].bracket
        assert bracket is not None
        right = ">" if bracket.type == "LESS" else "}"
        self.found.append(error("unclosed-block", "this block is never closed", bracket.span, f"close it by `{right}`"))
        self.end_block(None)

    def deep(self, lexemes: Sequence[Lexeme]) -> None:
        message = f"blocks stand in blocks more than {MAX_DEPTH} deep"
        self.found.append(error("too-deep", message, lexemes[-1].span))

    def end_block(self, last: Lexeme | None) -> None:
        block = self.blocks.pop()
        if block.head is None:
            return
        end = last.end if last else max([block.head.span.end, *(each.span.end for each in block.inside)])
        span = Span(block.head.span.source, block.head.span.start, end)
        self.blocks[-1].inside.append(replace(block.head, block=tuple(block.inside), span=span))

    def give_up(self, piece: Piece) -> None:
        place = piece.lexemes[0].span if piece.lexemes else self.found[-1].span
        self.found.append(error("too-many-errors", "too many errors, the rest was not read", place))

    def _mended(self, lexemes: Sequence[Lexeme]) -> list[Statement]:
        first, last = lexemes[0], lexemes[-1]
        unclosed = next((each for each in lexemes if each.type == "UNCLOSED"), None)
        if unclosed:
            return self._unclosed_string(unclosed, lexemes)
        page = first.page
        if page.dirty and has_control(page.source.text[first.start : last.end]):
            return []  # reported as what it is
        edits = repair(lexemes)
        mended = repaired(lexemes, edits) if edits else None
        statements = build(mended) if mended else None
        self.found.append(blame(lexemes, edits, suggest=statements is None and len(self.blocks) == 1))
        return statements or []

    def _unclosed_string(self, string: Lexeme, lexemes: Sequence[Lexeme]) -> list[Statement]:
        """In a block the setting is kept, so that nobody calls it missing."""
        self.found.append(error("unclosed-string", "this string is never closed", string.span, 'close it by `"`'))
        if len(self.blocks) == 1:
            return []
        end = string.start + len(string.text.rstrip("; \t>}"))
        closed = [string._replace(type="STRING", end=end) if each is string else each for each in lexemes]
        return build(closed) or build([*closed, string._replace(type="END")]) or []


_READ = {
    "line": _Reading.line,
    "open": _Reading.open,
    "close": _Reading.close,
    "stray": _Reading.stray,
    "unclosed": _Reading.unclosed,
    "deep": _Reading.deep,
}
