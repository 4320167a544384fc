"""An index of globs: finds those that take a text without asking each."""

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from sortlang.frozen import frozen
from sortlang.globs.glob import Glob
from sortlang.globs.grams import Grams

V = TypeVar("V")

Lengths = Mapping[str, tuple[int, ...]]
"""The lengths that literals have, ascending, by their first (or last) letter; under "" those to try for any other."""


@frozen
class Ends(Generic[V]):
    """What the globs with one `*` and the same literal start stand for, by literal end."""

    lengths: Lengths
    values: Mapping[str, V]

    def collect(self, text: str, size: int, start: int, found: list[V]) -> None:
        """Add what the globs stand for that take `text`, of length `size`, whose first `start` letters are theirs."""
        room, values = size - start, self.values
        for length in self.lengths.get(text[-1:], self.lengths[""]):
            if length > room:
                break
            end = text[size - length :]
            if end in values:
                found.append(values[end])


@frozen
class GlobIndex(Generic[V]):
    """Globs and what each stands for: without `*` by their text, with one by literal start and end, with more by grams.

    A look-up probes the lengths that starts have, and below a start that is there the lengths of its ends: it
    depends on how many lengths there are, not on how many globs.
    """

    exact: Mapping[str, V]
    lengths: Lengths
    starts: Mapping[str, Ends[V]]
    several: Grams[V]

    @staticmethod
    def of(pairs: Iterable[tuple[Glob, V]]) -> "GlobIndex[V]":
        """The index of the pairs; of equal globs the first stands."""
        exact: dict[str, V] = {}
        starts: dict[str, dict[str, V]] = {}
        several: dict[Glob, V] = {}
        for glob, value in pairs:
            start, *ends = glob.text.split("*")
            if not ends:
                exact.setdefault(start, value)
            elif len(ends) == 1:
                starts.setdefault(start, {}).setdefault(ends[0], value)
            else:
                several.setdefault(glob, value)
        indexed = {start: Ends(_lengths(ends, -1), ends) for start, ends in starts.items()}
        return GlobIndex(exact, _lengths(starts, 0), indexed, Grams.of(several))

    def find(self, text: str) -> list[V]:
        """What every glob that takes the text stands for, in no order."""
        found = [self.exact[text]] if text in self.exact else []
        size, starts = len(text), self.starts
        for length in self.lengths.get(text[:1], self.lengths[""]):
            if length > size:
                break
            ends = starts.get(text[:length])
            if ends is not None:
                ends.collect(text, size, length, found)
        if self.several.globs:
            found += self.several.find(text)
        return found


def _lengths(literals: Iterable[str], letter: int) -> Lengths:
    """The lengths of the literals by the letter at that place; the empty literal belongs to every letter."""
    sets: dict[str, set[int]] = {"": set()}
    for literal in literals:
        sets.setdefault(literal[letter] if literal else "", set()).add(len(literal))
    return {letter: tuple(sorted(lengths | sets[""])) for letter, lengths in sets.items()}
