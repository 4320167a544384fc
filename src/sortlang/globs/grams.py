"""Globs with several `*`, found by a few letters that each must have."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from sortlang.frozen import frozen
from sortlang.globs.glob import Glob

V = TypeVar("V")

LONGEST = 3
FEW = 32


@frozen
class Grams(Generic[V]):
    """Globs and what each stands for, by one gram: up to LONGEST letters out of the longest literal of the glob.

    A look-up asks only the globs that are filed under a gram which the text has.
    """

    sizes: tuple[int, ...]
    globs: Mapping[str, tuple[tuple[Glob, V], ...]]

    @staticmethod
    def of(globs: Mapping[Glob, V]) -> "Grams[V]":
        """Each glob is filed under the gram of its own that the fewest others are filed under so far."""
        filed: dict[str, list[tuple[Glob, V]]] = {}
        for glob, value in globs.items():
            gram = min(_grams(glob), key=lambda each: len(filed.get(each, ())))
            filed.setdefault(gram, []).append((glob, value))
        return Grams(tuple({len(gram) for gram in filed}), {gram: tuple(those) for gram, those in filed.items()})

    def find(self, text: str) -> list[V]:
        """What every glob that takes the text stands for, in no order."""
        return [value for gram in self._present(text) for glob, value in self.globs[gram] if glob.matches(text)]

    def _present(self, text: str) -> list[str]:
        """The grams that the text has: where they are few, each is sought in the text, else the text's among them."""
        filed = self.globs
        if len(filed) <= FEW:
            return [gram for gram in filed if gram in text]
        own = {text[place : place + size] for size in self.sizes for place in range(len(text) - size + 1)}
        return [gram for gram in own if gram in filed]


def _grams(glob: Glob) -> list[str]:
    literal = max(glob.text.split("*"), key=len)
    size = min(LONGEST, len(literal))
    return [literal[place : place + size] for place in range(len(literal) - size + 1)]
