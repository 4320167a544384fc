"""Bulk: exact rules that stay text, found by the hash of their address."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, compress, pairwise
from typing import Protocol, overload
from weakref import WeakValueDictionary

from sortlang.rules import Rule
from sortlang.runs.rule import rule
from sortlang.runs.run import LINE, LONGEST, SHORT, columns, sides, starts
from sortlang.runs.slots import HASHES, keyed, room
from sortlang.source import Source

Row = tuple[bytes, bytes, bytes, bytes]
"""Local part and domain of an address, and of where its mail goes."""


Found = tuple[int, int, str]
"""The number of a rule, the place of its line, where its mail goes."""


class Text(Protocol):
    """ASCII that is read where it lies."""

    def __getitem__(self, stretch: slice, /) -> str: ...

    def reader(self, short: int, end: str, longest: int) -> Callable[[int], str]:
        """A function from a place to `short` letters, or, if there is no `end` among them, `longest`."""


class Numbers(Protocol):
    """Numbers that are read where they lie. Those that are checked then have an `at` that is quicker than `[]`."""

    def __getitem__(self, index: int, /) -> int: ...

    def __iter__(self) -> Iterator[int]: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True)
class Runs:
    """Where runs lie. One behind the other they are a text of `size` characters, in which each `begins`.

    In the source of the number in `owners` it stands at the offset in `offsets`. `text`: all of them together, where
    the sources have no text.
    """

    sources: tuple[Source, ...]
    owners: Numbers
    begins: Numbers
    offsets: Numbers
    size: int
    text: Text | None = field(default=None, repr=False)

    def where(self, place: int) -> tuple[Source, int]:
        """The source and the offset in it of a place in the text of all."""
        run = bisect_right(self.begins, place) - 1
        return self.sources[self.owners[run]], self.offsets[run] + place - self.begins[run]

    def owner(self, place: int) -> tuple[int, int]:
        """As `where`, by the number of the source."""
        run = bisect_right(self.begins, place) - 1
        return self.owners[run], self.offsets[run] + place - self.begins[run]

    @cached_property
    def beside(self) -> Callable[[Source, int], tuple[int, int]]:
        """A function from an offset in a source to the place of what stands there, and to where that run ends: what is
        not before it stands beside the runs, and the next line of a run is the one that begins there, or `size`.
        """
        owners = {id(source): owner for owner, source in enumerate(self.sources)}
        rows = zip(self.owners, self.offsets, self.begins, [*self.begins, self.size][1:], strict=True)
        keys, shifts, ends = zip(*sorted(((o << 32) + at, begin - at, end) for o, at, begin, end in rows), strict=True)

        def find(source: Source, offset: int) -> tuple[int, int]:
            run = bisect_right(keys, (owners[id(source)] << 32) + offset) - 1
            return offset + shifts[run], ends[run]

        return find

    def reader(self) -> Callable[[int], str]:
        """A function from a place to the text from there on; a line ends with its `;`."""
        if (text := self.text) is not None:
            return text.reader(SHORT, ";", LONGEST)
        begins, texts = self.begins, [self.sources[owner].text for owner in self.owners]
        shifts = [offset - begin for offset, begin in zip(self.offsets, begins, strict=True)]

        def read(place: int) -> str:
            run = bisect_right(begins, place) - 1
            start = place + shifts[run]
            return texts[run][start : texts[run].find(";", start) + 1]

        return read

    def pieces(self) -> Iterator[str]:
        """The text of all, run by run; with the line end that a run at the end of a file may lack, and where lines were
        taken out with one for each of their letters.
        """
        for begin, end in pairwise(chain(self.begins, [self.size])):
            if self.text is not None:
                yield self.text[begin:end]
            else:
                source, start = self.where(begin)
                yield source.text[start : start + end - begin].ljust(end - begin, "\n")


@dataclass(frozen=True, eq=False)
class Bulk(Sequence[Rule]):
    """The rules of plain `sort` lines with a whole address on both sides, each made when it is asked for.

    `places` are those of the lines in the text of all runs, ascending; `slots` hold 1 + the number of a rule, by hash
    number `hash` of its address. `left` and `right`: how many rules there are for, and to, each domain. Lines whose
    numbers lie between the two of `gone` are no rules any more.
    """

    runs: Runs
    places: Numbers = field(repr=False)
    slots: Numbers = field(repr=False)
    hash: int
    left: Mapping[str, int] = field(repr=False)
    right: Mapping[str, int] = field(repr=False)
    gone: tuple[int, int] = (0, 0)
    made: WeakValueDictionary[int, Rule] = field(default_factory=WeakValueDictionary, repr=False)

    def find(self, address: str) -> int:
        """The number of the rule for an address in normal form; -1 if there is none."""
        found = self.finder(address)
        return found[0] if found else -1

    @cached_property
    def finder(self) -> Callable[[str], Found | None]:
        """The rule for an address in normal form, as it stands in the text; None if there is none."""
        slot_at, place_of, line = _at(self.slots), _at(self.places), self.line
        mask, more, hash = len(self.slots) - 1, room(len(self.places)), HASHES[self.hash]
        first, last = self.gone

        def find(address: str) -> Found | None:
            hashed = hash(keyed(address))
            slot, mark = hashed & mask, hashed & more
            while number := slot_at(slot):
                if number & more == mark:
                    number ^= mark
                    if first < number <= last:
                        return None
                    text = line(place := place_of(number - 1))
                    begin = 6 if text[5] == '"' else 5
                    if text[begin : text.index(" ", 5) + 5 - begin] == address:
                        return number - 1, place, text[text.index(">") + 2 : text.index(";")].strip('"')
                slot = (slot + 1) & mask
            return None

        return find

    @cached_property
    def line(self) -> Callable[[int], str]:
        """The text from a place on."""
        return self.runs.reader()

    def placed(self, number: int, place: int) -> str:
        """FILE:LINE of a rule."""
        owner, offset = self.runs.owner(place)
        first, others = self._others[owner]
        after = max(number - first, 0)
        return self.runs.sources[owner].place(offset, after, after + 1 + others)

    @cached_property
    def _others(self) -> list[tuple[int, int]]:
        """For each source, the number of its first rule, and how many lines it has at most that are no rules."""
        runs, sources = self.runs, self.runs.sources
        if self.gone != (0, 0):
            return [(len(self.places), len(each.starts) - 1) for each in sources]
        begins = dict(zip(reversed(list(runs.owners)), reversed(list(runs.begins)), strict=True))
        firsts = [bisect_left(self.places, begins[owner]) for owner in range(len(sources))]
        sizes = (end - begin for begin, end in pairwise([*firsts, len(self.places)]))
        return [(first, len(source.starts) - size) for first, size, source in zip(firsts, sizes, sources, strict=True)]

    def get(self, address: str) -> Rule | None:
        """The rule for an address in normal form."""
        number = self.find(address)
        return None if number < 0 else self._numbered(number)

    def rows(self) -> Iterator[Row]:
        """What the rules say, much quicker than rule by rule; with them come lines that are none of these rules."""
        for piece in self.runs.pieces():
            _, *halves = columns(piece)
            yield from zip(*halves, strict=True)

    def sides(self) -> Iterator[tuple[list[str], list[str]]]:
        """As `rows`, addresses and targets whole, many at once."""
        return map(sides, self.runs.pieces())

    def lines(self) -> Iterator[str]:
        """The text of the rules, and of nothing else, many lines at once."""
        begin = 0
        for piece in self.runs.pieces():
            first, last = (bisect_left(self.places, each) for each in (begin, begin + len(piece)))
            rows = piece.splitlines(keepends=True)
            own = {self.places[each] for each in range(first, last)} if last - first < len(rows) else None
            yield piece if own is None else "".join(compress(rows, map(own.__contains__, starts(rows, begin))))
            begin += len(piece)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """The address and the target of each rule, in their order."""
        return chain.from_iterable(zip(*sides(each), strict=True) for each in self.lines())

    def of(self, local: bytes, domain: bytes) -> Rule | None:
        """The rule of a row."""
        return self.get(f"{local.decode()}@{domain.decode()}")

    def at(self, place: int) -> Rule:
        """What the plain `sort` or `copy` line says that begins there, of these rules or beside them."""
        return rule(self._match(place), *self.runs.where(place))

    def address(self, number: int) -> str:
        """That of a rule."""
        return self._match(self.places[number])["left"]

    def domains(self, number: int) -> tuple[str, str]:
        """Those of a rule's address and target."""
        found = self._match(self.places[number])
        return found["left"].rpartition("@")[2], found["right"].rpartition("@")[2]

    def __len__(self) -> int:
        return len(self.places) + self.gone[0] - self.gone[1]

    @overload
    def __getitem__(self, index: int) -> Rule: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Rule]: ...
    def __getitem__(self, index: int | slice) -> Rule | Sequence[Rule]:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        number, (first, last) = index % len(self), self.gone
        return self._numbered(number if number < first else number + last - first)

    def __iter__(self) -> Iterator[Rule]:
        return map(self._numbered, self._numbers())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Bulk):
            return NotImplemented
        return len(self) == len(other) and all(mine == its for mine, its in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def _numbers(self) -> Iterator[int]:
        return chain(range(self.gone[0]), range(self.gone[1], len(self.places)))

    def _numbered(self, number: int) -> Rule:
        rule = self.made.get(number)
        if rule is None:
            rule = self.made[number] = self.at(self.places[number])
        return rule

    def _match(self, place: int) -> re.Match[str]:
        found = LINE.match(self.line(place))
        assert found
        return found


def _at(numbers: Numbers) -> Callable[[int], int]:
    """The quickest way to ask for one."""
    at: Callable[[int], int] = getattr(numbers, "at", numbers.__getitem__)
    return at


def nothing() -> Bulk:
    """No rules."""
    empty: array[int] = array("I")
    return Bulk(Runs((), empty, empty, empty, 0), empty, array("I", [0]), 0, {}, {})
