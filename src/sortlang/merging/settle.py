"""Settle: for each thing that is said, whose answer holds."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

from sortlang.frozen import frozen
from sortlang.merging.piece import Key, Piece

Verdict = Literal["ours", "theirs", "both", "conflict"]
"""`both`: copies, of which neither side takes anything from the other."""

Said = Mapping[Key, object]


class Ambiguous(Exception):
    """A file answers twice, and differently, for one key."""


@frozen
class Answers:
    """What the three files say, by key."""

    base: Said
    ours: Said
    theirs: Said

    def verdict(self, key: Key, forced: Collection[Key] = ()) -> Verdict:
        """Whose answer holds. Where only one side changed something, its answer does."""
        base, ours, theirs = (side.get(key) for side in (self.base, self.ours, self.theirs))
        if ours == theirs:
            return "ours"
        if key in forced:
            return "conflict"
        if theirs == base:
            return "ours"
        if ours == base:
            return "theirs"
        return "both" if key[0] == "copy" else "conflict"


def said(pieces: Sequence[Piece]) -> Said:
    """All that the pieces say, inside of blocks too; raises Ambiguous."""
    found: dict[Key, object] = {}
    for piece in every(pieces):
        for atom in piece.atoms:
            if found.setdefault(atom.key, atom.value) != atom.value:
                raise Ambiguous(f"{atom.key}")
    return found


def every(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces and those inside of them."""
    for each in pieces:
        yield each
        yield from every(each.inside)


def overlapping(answers: Answers, forced: Collection[Key]) -> Iterator[Key]:
    """The settings of which both sides would speak in one block, in two statements."""
    held: dict[object, Key] = {}
    for key in (*answers.ours, *(each for each in answers.theirs if each not in answers.ours)):
        if key[0] == "setting" and _holds(answers, key, forced):
            block, word, *facets = key[1:]
            for facet in facets or [""]:
                other = held.setdefault((block, word, facet), key)
                if other != key:
                    yield from (other, key)


def _holds(answers: Answers, key: Key, forced: Collection[Key]) -> bool:
    verdict = answers.verdict(key, forced)
    side = answers.theirs if verdict == "theirs" else answers.ours
    return key in side and verdict != "conflict"
