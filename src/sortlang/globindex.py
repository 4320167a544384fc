"""An index of globs: finds those that take a text without asking each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sortlang.glob import Glob, in_order

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Ends(Generic[V]):
    """Starred globs that share a literal start, by their literal end; in `several` those with more than one `*`."""

    lengths: tuple[int, ...]
    one: dict[str, V]
    several: dict[str, list[tuple[list[str], V]]]


@dataclass(frozen=True, slots=True)
class GlobIndex(Generic[V]):
    """Globs and what each stands for: without `*` by their text, with it by literal start and end.

    A look-up probes each length that a start has, and below a start that is there each length of its ends: it
    depends on how many lengths there are, not on how many globs.
    """

    exact: dict[str, V]
    lengths: tuple[int, ...]
    starts: dict[str, _Ends[V]]

    @staticmethod
    def of(pairs: Iterable[tuple[Glob, V]]) -> "GlobIndex[V]":
        """The index of the pairs; of equal globs the first stands."""
        exact: dict[str, V] = {}
        starts: dict[str, _Drafts[V]] = {}
        for glob, value in pairs:
            start, *middles = glob.text.split("*")
            if middles:
                starts.setdefault(start, []).append((middles, value))
            else:
                exact.setdefault(start, value)
        return GlobIndex(exact, _lengths(starts), {start: _ends(drafts) for start, drafts in starts.items()})

    def find(self, text: str) -> list[V]:
        """What every glob that takes the text stands for, in no order."""
        found = [self.exact[text]] if text in self.exact else []
        size = len(text)
        for length in self.lengths:
            if length > size:
                break
            ends = self.starts.get(text[:length])
            if ends is not None:
                _collect(ends, text, length, size, found)
        return found


_Drafts = list[tuple[list[str], V]]


def _lengths(literals: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted({len(each) for each in literals}))


def _ends(drafts: "_Drafts[V]") -> _Ends[V]:
    """`drafts`: the literals after the first `*`, the end last."""
    one: dict[str, V] = {}
    several: dict[str, _Drafts[V]] = {}
    for (*middles, end), value in drafts:
        if not middles:
            one.setdefault(end, value)
        elif all(middles != known for known, _ in several.setdefault(end, [])):
            several[end].append((middles, value))
    return _Ends(_lengths({**one, **several}), one, several)


def _collect(ends: _Ends[V], text: str, start: int, size: int, found: list[V]) -> None:
    """Add the globs that begin with `text[:start]` and take the text."""
    one, several = ends.one, ends.several
    for length in ends.lengths:
        last = size - length
        if last < start:
            break
        end = text[last:]
        if end in one:
            found.append(one[end])
        if several:
            found.extend(value for middles, value in several.get(end, ()) if in_order(middles, text, start, last))
