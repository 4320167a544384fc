"""Sift: of the runs, exact rules stay text, the rest is read."""

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import merge
from itertools import compress
from operator import not_

from sortlang.address import Address, InvalidAddress
from sortlang.rules import Rule
from sortlang.runs.bulk import Bulk, Runs, nothing
from sortlang.runs.rule import plain
from sortlang.runs.run import columns, starts, statement
from sortlang.runs.slots import HASHES, filled, keyed
from sortlang.syntax.tree import Tree

LARGEST = 2**32 - 1
"""Characters in all runs together, for a place is a number of four bytes."""

CHUNK = 1 << 20
"""So many characters, and then to the end of the run, are looked at together."""


def sift(trees: Sequence[Tree]) -> tuple[tuple[Tree, ...], tuple[Rule, ...], Bulk]:
    """The trees without runs; the rules that were in them, and those that stay text.

    These are exact `sort` rules, each of an address that no other one names; where a `domain` has a say in what rules
    mean, there are none.
    """
    if not any(tree.runs for tree in trees):
        return tuple(trees), (), nothing()
    large = sum(len(tree.source.text) + 1 for tree in trees) > LARGEST
    if large or any(each.keyword.text == "domain" for tree in trees for each in tree.statements):
        return *_read(trees, map(_lines, trees)), nothing()
    runs, heap = _runs(trees), _Heap()
    for lines, begin in _chunks(runs):
        heap.add(lines, begin)
    bulk = _unique(heap, runs, set(_addresses(trees)))
    others: list[list[int]] = [[] for _ in trees]
    for owner, start in map(runs.owner, heap.others):
        others[owner].append(start)
    return *_read(trees, others), bulk


def whole(tree: Tree) -> Tree:
    """The tree with the lines of its runs as statements: what `parse` makes of the text, and much quicker."""
    return _with(tree, _lines(tree))


def _lines(tree: Tree) -> Iterator[int]:
    """Where each line of its runs starts."""
    pieces = ((tree.source.text[start:end], start) for start, end in tree.runs)
    return (each for piece, start in pieces for each in starts(piece.splitlines(keepends=True), start))


def _read(trees: Sequence[Tree], lines: Iterable[Iterable[int]]) -> tuple[tuple[Tree, ...], tuple[Rule, ...]]:
    """The trees without runs, and rules for the lines of each that start there; what is no rule is a statement."""
    rules: list[Rule] = []
    found: list[Tree] = []
    for tree, places in zip(trees, lines, strict=True):
        made = [(each, plain(tree.source, each)) for each in sorted(places)]
        rules += [rule for _, rule in made if rule]
        found.append(_with(tree, [each for each, rule in made if not rule]))
    return tuple(found), tuple(rules)


def _with(tree: Tree, lines: Iterable[int]) -> Tree:
    """The tree with the lines that start there as statements, in the order of the text, and without runs."""
    read = (statement(tree.source, each) for each in lines)
    statements = merge(tree.statements, read, key=lambda each: each.span.start)
    return replace(tree, statements=tuple(statements), runs=())


def _runs(trees: Sequence[Tree]) -> Runs:
    """Those of all trees; each tree begins with an empty one, so that there is one before whatever stands in it."""
    owners, begins, offsets, size = array("I"), array("I"), array("I"), 0
    for owner, tree in enumerate(trees):
        for start, end in ((0, 0), *tree.runs):
            owners.append(owner)
            begins.append(size)
            offsets.append(start)
            size += end - start + (start < end and tree.source.text[end - 1] != "\n")
    return Runs(tuple(tree.source for tree in trees), owners, begins, offsets, size)


def _chunks(runs: Runs) -> Iterator[tuple[str, int]]:
    """The text of all runs in pieces of whole lines, and where each begins."""
    chunk: list[str] = []
    begin = size = 0
    for piece in runs.pieces():
        chunk.append(piece)
        size += len(piece)
        if size >= CHUNK:
            yield "".join(chunk), begin
            chunk, begin, size = [], begin + size, 0
    yield "".join(chunk), begin


@dataclass(slots=True)
class _Heap:
    """Exact rules as they are found: place, hash of the address, domains; and the places of other lines."""

    places: "array[int]" = field(default_factory=lambda: array("I"))
    hashes: "array[int]" = field(default_factory=lambda: array("I"))
    left: Counter[bytes] = field(default_factory=Counter)
    right: Counter[bytes] = field(default_factory=Counter)
    others: list[int] = field(default_factory=list)

    def add(self, lines: str, begin: int) -> None:
        """Lines that lie there in the text of all runs."""
        rows = lines.splitlines(keepends=True)
        places = starts(rows, begin)
        if "*" in lines or lines.startswith("sort ") + lines.count("\nsort ") < len(rows):
            exact = [row.startswith("sort ") and "*" not in row for row in rows]
            self.others += compress(places, map(not_, exact))
            places = list(compress(places, exact))
            lines = "".join(compress(rows, exact))
        _, locals_, left, _, right = columns(lines)
        self.places.extend(places)
        self.hashes.extend(map(HASHES[0], left, map(HASHES[0], locals_)))
        self.left.update(left)
        self.right.update(right)

    def drop(self, numbers: Collection[int], bulk: Bulk) -> None:
        """Takes rules out of it."""
        for each in numbers:
            left, right = bulk.domains(each)
            self.left[left.encode()] -= 1
            self.right[right.encode()] -= 1
        kept = [each not in numbers for each in range(len(self.places))]
        self.others += [self.places[each] for each in numbers]
        self.places, self.hashes = (array("I", compress(each, kept)) for each in (self.places, self.hashes))


def _unique(heap: _Heap, runs: Runs, written: Collection[str]) -> Bulk:
    """What is in the heap but for addresses that stand there twice or are written elsewhere; these it gives away."""
    bulk, again = _indexed(heap, runs)
    again |= {number for each in written if (number := bulk.find(each)) >= 0}
    if again:
        heap.drop(again, bulk)
        bulk, _ = _indexed(heap, runs)
    return bulk


def _indexed(heap: _Heap, runs: Runs) -> tuple[Bulk, set[int]]:
    """The bulk, its addresses to be found; the numbers of those that stand twice."""
    left, right = ({each.decode(): count for each, count in one.items() if count} for one in (heap.left, heap.right))
    bulk = Bulk(runs, heap.places, array("I", [0]), 0, left, right)

    def same(one: int, other: int) -> bool:
        return bulk.address(one) == bulk.address(other)

    found = filled(heap.hashes, same)
    if found:
        return replace(bulk, slots=found[0]), set(found[1])
    hashes = [HASHES[1](keyed(bulk.address(each))) for each in range(len(bulk))]
    slots, again = filled(hashes, same, len(hashes)) or (bulk.slots, [])
    return replace(bulk, slots=slots, hash=1), set(again)


def _addresses(trees: Iterable[Tree]) -> Iterator[str]:
    """The whole addresses on the left side of a `sort` statement, in normal form."""
    statements = (each for tree in trees for each in tree.statements if each.keyword.text == "sort")
    for item in (item for each in statements for item in each.left):
        text = item.values[0].text
        if "*" not in text:
            try:
                address = Address.parse(text)
            except InvalidAddress:
                continue
            yield f"{address.local}@{address.domain}"
