"""Regular languages of Python's expressions, lookaheads and all, over a few letters that stand for all there are.

A letter is a class of characters that no expression tells apart, on one of three tracks: what a lexeme takes is written
on track MINE, what comes behind it on REST, and OVER is between. So "takes exactly this" is a language, too.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MINE, OVER, REST = TRACKS = range(3)
Letter = tuple[int, int]
Letters = frozenset[Letter]
END = (-1, -1)
"""In place of a letter: none follows."""
Items = Sequence[tuple[Any, Any]]
"""What Python's parser makes of an expression."""

LOOKS = (op.ASSERT, op.ASSERT_NOT)
REPEATS = (op.MAX_REPEAT, op.POSSESSIVE_REPEAT)


def items(expression: str) -> Items:
    """The parsed expression."""
    return list(parser.parse(expression))


@dataclass(frozen=True)
class Language:
    """A deterministic automaton; what has no step is not in it."""

    finals: frozenset[int]
    steps: Sequence[Mapping[Letter, int]]

    def paired(self, other: "Language", want: Callable[[bool, bool], bool]) -> "Language":
        """The words of which the two say what is wanted; `want` of two that do not have it is False."""
        numbers: dict[tuple[int | None, int | None], int] = {(0, 0): 0}
        finals, steps = set(), list[dict[Letter, int]]()
        waiting = list[tuple[int | None, int | None]]([(0, 0)])
        for mine, its in waiting:
            if want(mine in self.finals, its in other.finals):
                finals.add(numbers[mine, its])
            here, there = (one.steps[at] if at is not None else {} for one, at in ((self, mine), (other, its)))
            step = {}
            for letter in here.keys() | there.keys():
                pair = here.get(letter), there.get(letter)
                if pair not in numbers:
                    numbers[pair] = len(waiting)
                    waiting.append(pair)
                step[letter] = numbers[pair]
            steps.append(step)
        return Language(frozenset(finals), steps)

    def __and__(self, other: "Language") -> "Language":
        return self.paired(other, lambda mine, its: mine and its)

    def __sub__(self, other: "Language") -> "Language":
        return self.paired(other, lambda mine, its: mine and not its)

    def word(self) -> list[Letter] | None:
        """A shortest one; None if there is none."""
        came: dict[int, list[Letter]] = {0: []}
        waiting = [0]
        for at in waiting:
            if at in self.finals:
                return came[at]
            for letter, to in self.steps[at].items():
                if to not in came:
                    came[to] = [*came[at], letter]
                    waiting.append(to)
        return None


NOTHING_MORE = Language(frozenset({0}), [{}])
"""The empty word alone."""


@dataclass
class Machine:
    """An automaton in the making. A check is a step that takes nothing, if one of those letters is next, or the end."""

    takes: list[list[tuple[Letters, int]]] = field(default_factory=list)
    checks: list[list[tuple[Letters | None, bool, int]]] = field(default_factory=list)
    finals: set[int] = field(default_factory=set)

    def state(self) -> int:
        self.takes.append([])
        self.checks.append([])
        return len(self.takes) - 1

    def free(self, start: int, end: int) -> None:
        """A step that takes nothing, whatever is next."""
        self.checks[start].append((None, True, end))

    def lay(self, language: Language, track: int | None = None) -> list[int]:
        """The states of a language in here; on that track, if one is named. Its finals end nothing yet."""
        states = [self.state() for _ in language.steps]
        for at, step in zip(states, language.steps, strict=True):
            for (own, number), to in step.items():
                letter = (own if track is None else track, number)
                self.takes[at].append((frozenset({letter}), states[to]))
        return states

    def language(self, start: int) -> Language:
        """What leads from there to a final state."""
        numbers, waiting = {frozenset({start}): 0}, [frozenset({start})]
        finals, steps = set(), list[dict[Letter, int]]()
        for at, states in enumerate(waiting):
            if self._closed(states, END) & self.finals:
                finals.add(at)
            step = {}
            for letter, to in self._taken(states).items():
                if (there := frozenset(to)) not in numbers:
                    numbers[there] = len(waiting)
                    waiting.append(there)
                step[letter] = numbers[there]
            steps.append(step)
        return Language(frozenset(finals), steps)

    def _taken(self, states: Iterable[int]) -> dict[Letter, set[int]]:
        """Where each letter leads to."""
        free, taken = self._closed(states, None), dict[Letter, set[int]]()
        steps = [step for each in self._closed(states, END, anyway=True) for step in self.takes[each]]
        sure = sum(len(self.takes[each]) for each in free) == len(steps)
        for letters, to in steps:
            for letter in letters:
                taken.setdefault(letter, set()).add(to)
        if not sure:
            for letter in taken:
                passed = self._closed(states, letter)
                taken[letter] = {to for each in passed for letters, to in self.takes[each] if letter in letters}
        return {letter: to for letter, to in taken.items() if to}

    def _closed(self, states: Iterable[int], following: Letter | None, anyway: bool = False) -> set[int]:
        """With the states behind checks that hold before that letter; None: before any. `anyway`: and all others."""
        found = set(states)
        waiting = list(found)
        for each in waiting:
            for letters, at_end, to in self.checks[each]:
                passes = anyway or letters is None or (at_end if following == END else following in letters)
                if passes and to not in found:
                    found.add(to)
                    waiting.append(to)
        return found


class Alphabet:
    """The letters for some expressions, and the languages of expressions over them.

    A bound above one is read as none, and the start of a line as anywhere: such a language is larger, never smaller.
    """

    def __init__(self, expressions: Iterable[str]) -> None:
        self._sets = {repr(each): each for one in expressions for each in _sets(items(one), flags=0)}
        signatures: dict[tuple[bool, ...], str] = {}
        named = {code for kind, value, _ in self._sets.values() for code in _named(kind, value)}
        for code in sorted({*range(0x100), 0x2028, *(near for each in named for near in (each - 1, each, each + 1))}):
            character = chr(max(0, code))
            signature = tuple(_holds(each, character) for each in self._sets.values())
            signatures.setdefault(signature, character)
        self.characters = sorted(signatures.values())
        """One of each class."""

    def shown(self, word: Iterable[Letter]) -> str:
        """A word as text; what is on track MINE between guillemets."""
        return "".join(f"«{self.characters[n]}»" if track == MINE else self.characters[n] for track, n in word)

    def all(self, *tracks: int) -> Language:
        """Every text on these tracks."""
        return Language(frozenset({0}), [dict.fromkeys(self._on(range(len(self.characters)), tracks), 0)])

    def reads(self, some: Items, rest: Language, *tracks: int) -> Language:
        """The texts of which the expression takes a part on these tracks, so that `rest` follows."""
        look = next((at for at, (kind, _) in enumerate(some) if kind in LOOKS), None)
        if look is None:
            return self._glued(some, rest, tracks)
        tail = self.reads(some[look + 1 :], rest, *tracks)
        ahead = self.reads(list(some[look][1][1]), self.all(*TRACKS), *TRACKS)
        tail = tail & ahead if some[look][0] is op.ASSERT else tail - ahead
        return self._glued(some[:look], tail, tracks)

    def _glued(self, some: Items, rest: Language, tracks: Sequence[int]) -> Language:
        machine = Machine()
        start = machine.state()
        end = self._built(machine, start, some, tracks, 0)
        states = machine.lay(rest)
        machine.free(end, states[0])
        machine.finals = {states[each] for each in rest.finals}
        return machine.language(start)

    def _built(self, machine: Machine, start: int, some: Items, tracks: Sequence[int], flags: int) -> int:
        for kind, value in some:
            end = machine.state()
            if kind in REPEATS:
                least, most, body = value
                first = machine.state()
                machine.free(start, first)
                last = self._built(machine, first, list(body), tracks, flags)
                machine.free(last, end)
                if most != 1:
                    machine.free(last, first)
                if least == 0:
                    machine.free(start, end)
            elif kind is op.BRANCH:
                for each in value[1]:
                    first = machine.state()
                    machine.free(start, first)
                    machine.free(self._built(machine, first, list(each), tracks, flags), end)
            elif kind is op.SUBPATTERN:
                machine.free(self._built(machine, start, list(value[3]), tracks, flags | value[1]), end)
            elif kind is op.AT:
                machine.checks[start].append((frozenset() if value is op.AT_END_STRING else None, True, end))
            elif kind is op.ASSERT_NOT and len(value[1]) == 1:
                taken = self._letters(value[1][0], TRACKS, flags)
                machine.checks[start].append((self._on(range(len(self.characters)), TRACKS) - taken, True, end))
            else:
                machine.takes[start].append((self._letters((kind, value), tracks, flags), end))
            start = end
        return start

    def _letters(self, one: tuple[Any, Any], tracks: Iterable[int], flags: int) -> Letters:
        numbers = (n for n, character in enumerate(self.characters) if _holds((*one, flags), character))
        return self._on(numbers, tracks)

    @staticmethod
    def _on(numbers: Iterable[int], tracks: Iterable[int]) -> Letters:
        tracks = tuple(tracks)
        return frozenset((track, number) for number in numbers for track in tracks)


def _sets(some: Items, flags: int) -> Iterator[tuple[Any, Any, int]]:
    """Each set of characters in an expression."""
    for kind, value in some:
        if kind in REPEATS:
            yield from _sets(list(value[2]), flags)
        elif kind is op.BRANCH:
            for each in value[1]:
                yield from _sets(list(each), flags)
        elif kind is op.SUBPATTERN:
            yield from _sets(list(value[3]), flags | value[1])
        elif kind in LOOKS:
            yield from _sets(list(value[1]), flags)
        elif kind is not op.AT:
            yield kind, value, flags


def _named(kind: Any, value: Any) -> Iterator[int]:
    """The characters at which a set may begin or end."""
    if kind in (op.LITERAL, op.NOT_LITERAL):
        yield value
    elif kind is op.RANGE:
        yield from value
    elif kind is op.IN:
        for each in value:
            yield from _named(*each)


def _holds(one: tuple[Any, Any, int], character: str) -> bool:
    kind, value, flags = one
    if flags & re.IGNORECASE:
        return any(_holds((kind, value, 0), each) for each in (character.lower(), character.upper()) if len(each) == 1)
    if kind is op.LITERAL:
        return bool(ord(character) == value)
    if kind is op.NOT_LITERAL:
        return bool(ord(character) != value)
    assert kind is op.IN, kind
    wanted = value[0][0] is not op.NEGATE
    return any(_within(each, character) for each in value) == wanted


def _within(each: tuple[Any, Any], character: str) -> bool:
    kind, value = each
    if kind is op.RANGE:
        return bool(value[0] <= ord(character) <= value[1])
    if kind is op.CATEGORY:
        assert value in (op.CATEGORY_SPACE, op.CATEGORY_NOT_SPACE), value
        return character.isspace() == (value is op.CATEGORY_SPACE)
    return kind is op.LITERAL and ord(character) == value
