"""Merge: two changes of one file at once, by what they say."""

from collections.abc import Callable, Collection

from sortlang.diagnostic import Diagnostics, has_errors
from sortlang.frozen import frozen
from sortlang.merging.contradiction import contradictions
from sortlang.merging.piece import Key, Piece, pieces
from sortlang.merging.settle import Ambiguous, Answers, overlapping, said
from sortlang.merging.weave import Woven, weave
from sortlang.program import Program
from sortlang.source import Source
from sortlang.syntax.tree import Tree

MARKER = 7
_ROUNDS = 20

Parser = Callable[[Source], tuple[Tree, Diagnostics]]
Compiler = Callable[[Source], Program | None]


class Unmergeable(Exception):
    """A file that cannot be taken apart, and why."""

    def __init__(self, source: Source, found: Diagnostics = ()) -> None:
        super().__init__(source.name)
        self.source, self.found = source, found


@frozen
class Merged:
    """`proved`: every address was shown to be answered as one of the sides wants it."""

    text: str
    conflicts: int
    proved: bool


def merge(
    base: Source, ours: Source, theirs: Source, parse: Parser, compiled: Compiler, marker: int = MARKER
) -> Merged:
    """Ours, with what theirs changed; raises Unmergeable.

    A conflict is only where both changed the answer for one pattern or setting, or where two changes together would
    answer an address as neither of them does.
    """
    sources = tuple(Source(each.name, _lines(each.text)) for each in (base, ours, theirs))
    one, two, three = (_pieces(each, parse) for each in sources)
    answers = Answers(*map(_said, sources, (one, two, three)))
    forced: set[Key] = set(overlapping(answers, ()))
    programs = tuple(compiled(each) for each in sources)
    for _ in range(_ROUNDS):
        woven = weave(sources[1].text, (one, two, three), forced, marker)
        found = _against(programs, woven, sources[1], compiled)
        if woven.conflicts or not found or found <= forced:
            break
        forced |= found
    text = woven.text.replace("\n", "\r\n") if "\r\n" in ours.text else woven.text
    return Merged(text, woven.conflicts, proved=found == set())


def _lines(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return text if not text or text.endswith("\n") else f"{text}\n"


def _pieces(source: Source, parse: Parser) -> tuple[Piece, ...]:
    tree, found = parse(source)
    if has_errors(found):
        raise Unmergeable(source, tuple(each for each in found if each.is_error))
    return pieces(tree)


def _said(source: Source, found: tuple[Piece, ...]) -> dict[Key, object]:
    try:
        return dict(said(found))
    except Ambiguous:
        raise Unmergeable(source) from None


def _against(programs: Collection[Program | None], woven: Woven, ours: Source, compiled: Compiler) -> set[Key] | None:
    """The keys that contradict each other; None if it cannot be told."""
    if woven.conflicts:
        return None
    base, our, their, merged = (*programs, compiled(Source(ours.name, woven.text)))
    if base is None or our is None or their is None or merged is None:
        return None
    return contradictions(base, our, their, merged)
