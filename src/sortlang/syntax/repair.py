"""The cheapest edits after which a piece can be read: the engine of hints."""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import Literal

from sortlang.frozen import frozen
from sortlang.syntax.keywords import KEYWORDS, SETTINGS
from sortlang.syntax.lalr import END_OF_TEXT, Stack, after, run
from sortlang.syntax.lexeme import Lexeme

VALUE = "WORD"
MOST_EDITS = 3
MOST_COST = 7
MOST_STEPS = 1500
WINDOW = 8
LONGEST = 1000
"""Lexemes; what is longer is no statement that somebody mistyped."""


@frozen
class Edit:
    """Put terminal `kind` before the lexeme at `index`, or in its place, or take that lexeme out."""

    verb: Literal["insert", "replace", "remove"]
    index: int
    kind: str = ""


@frozen
class _Node:
    index: int
    stack: Stack
    edits: tuple[Edit, ...] = ()


def repair(lexemes: Sequence[Lexeme]) -> tuple[Edit, ...] | None:
    """The edits of least cost, at most MOST_EDITS; None if there are none so cheap, or too many to try.

    Uniform-cost search over (place, machine), in the manner of CPCT+ (Diekmann & Tratt, ECOOP 2020); what is wrong
    may stand a few lexemes before the place where the machine stops.
    """
    if len(lexemes) > LONGEST:
        return None
    broken = _Broken.of(lexemes)
    since = max(0, run(broken.kinds)[1] - WINDOW)
    tie = count()
    heap = [(0, -since, next(tie), _Node(since, run(broken.kinds[:since])[0]))]
    seen: set[tuple[int, Stack]] = set()
    for _ in range(MOST_STEPS):
        if not heap:
            break
        cost, _, _, node = heappop(heap)
        if (node.index, node.stack) in seen:
            continue
        seen.add((node.index, node.stack))
        if node.index == len(lexemes) and after(node.stack, END_OF_TEXT):
            return node.edits
        for price, further in broken.steps(node):
            if cost + price <= MOST_COST and len(further.edits) <= MOST_EDITS:
                heappush(heap, (cost + price, -further.index, next(tie), further))
    return None


def repaired(lexemes: Sequence[Lexeme], edits: Sequence[Edit]) -> list[Lexeme] | None:
    """The lexemes after the edits; None if an edit invents a value."""
    if any(each.kind == VALUE for each in edits):
        return None
    mended: list[Lexeme] = []
    at = {(each.index, each.verb == "insert"): each for each in edits}
    for index in range(len(lexemes) + 1):
        if (index, True) in at:
            place = lexemes[index - 1].end if index else lexemes[0].start
            mended.append(Lexeme(at[index, True].kind, place, place, lexemes[0].page))
        if index < len(lexemes):
            mended.extend(_edited(lexemes[index], at.get((index, False))))
    return mended


def _edited(lexeme: Lexeme, edit: Edit | None) -> list[Lexeme]:
    if edit is None:
        return [lexeme]
    return [] if edit.verb == "remove" else [lexeme._replace(type=edit.kind)]


@frozen
class _Broken:
    """The piece to mend. `arrow`: where the arrow stands that its keyword asks for; past the end if it lacks one."""

    lexemes: Sequence[Lexeme]
    kinds: list[str]
    arrow: int | None

    @staticmethod
    def of(lexemes: Sequence[Lexeme]) -> "_Broken":
        kinds = [each.type for each in lexemes]
        word = lexemes[0].text
        has = "ARROW" in kinds
        asks = KEYWORDS[word] == "arrow" if word in KEYWORDS else has and word not in SETTINGS
        return _Broken(lexemes, kinds, (kinds.index("ARROW") if has else len(kinds)) if asks else None)

    def steps(self, node: _Node) -> Iterator[tuple[int, _Node]]:
        """What may follow a node, and its price."""
        here = self.lexemes[node.index] if node.index < len(self.lexemes) else None
        if here is not None:
            further = after(node.stack, here.type)
            if further is not None:
                yield 0, _Node(node.index + 1, further, node.edits)
            if not self._needed(node.index):
                yield _removal(here), _Node(node.index + 1, node.stack, (*node.edits, Edit("remove", node.index)))
        for kind in ("END", "ARROW", "EQUALS", "COMMA", VALUE):
            further = after(node.stack, kind)
            if further is not None and not (kind == "END" and self._lacks_arrow(node)):
                yield from self._additions(node, here, kind, further)

    def _additions(self, node: _Node, here: Lexeme | None, kind: str, further: Stack) -> Iterator[tuple[int, _Node]]:
        insert = Edit("insert", node.index, kind)
        yield _insertion(kind, here), _Node(node.index, further, (*node.edits, insert))
        if here is not None and kind not in (VALUE, here.type):
            instead = Edit("replace", node.index, kind)
            yield _replacement(here.type, kind), _Node(node.index + 1, further, (*node.edits, instead))

    def _needed(self, index: int) -> bool:
        """The word that begins a statement, and the arrow that it asks for, are not what is wrong."""
        return index == self.arrow or (index == 0 and self.kinds[0] == "WORD")

    def _lacks_arrow(self, node: _Node) -> bool:
        """To end a statement before the arrow that it asks for mends nothing."""
        if self.arrow is None or self.arrow < node.index:
            return False
        return not any(each.kind == "ARROW" for each in node.edits)


def _removal(lexeme: Lexeme) -> int:
    return {"JUNK": 1, "COMMA": 2, "END": 4}.get(lexeme.type, 3)


def _insertion(kind: str, before: Lexeme | None) -> int:
    if kind == "END":
        return 1 if before is None or before.text in KEYWORDS else 2 if before.first else 3
    return 5 if kind == VALUE else 4


def _replacement(wrong: str, right: str) -> int:
    """Cheap for what looks alike or lies beside it on the keyboard."""
    if right == "ARROW":
        return {"NOTARROW": 1, "MORE": 2, "LESS": 2, "EQUALS": 2}.get(wrong, 5)
    return {("ARROW", "EQUALS"): 3, ("JUNK", "END"): 3}.get((wrong, right), 5)
