"""Witness: an address of a pattern that none of the exceptions takes.

Local parts have letters without end, so one of them is spelled in no exception: put for every `*`, it gives an address
that an exception takes only if it takes the whole pattern. Domains have 38 letters. There a letter will do with which
no literal of an exception starts or ends; where rules use up all of those too, all domains are searched, with
what the exceptions have seen of them as the state.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from sortlang.address import Address, InvalidAddress, folded, unfit_letter
from sortlang.analysis.domains import LETTERS, domains
from sortlang.analysis.meet import general, meet, single
from sortlang.frozen import frozen
from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern
from sortlang.table import Table

_NAMES = ("anna", "someone", "info")
_SHORT = ("", *_NAMES)
_LABELS = ("", "mail", "a.b")
_DOMAINS = ("example.com", "example.org", "elsewhere.example")
_RUNS = (1, 2, 3, 5, 8, 13, 21, 34)
_TRIES = 8


@frozen
class Exceptions:
    """Patterns that are left out, and whether one of them takes an address."""

    patterns: tuple[Pattern, ...]
    table: "Table[_Exception]"

    @staticmethod
    def of(patterns: Iterable[Pattern]) -> "Exceptions":
        """The patterns, each once."""
        each_once = tuple(dict.fromkeys(patterns))
        return Exceptions(each_once, Table.of(map(_Exception, each_once)))

    def take(self, address: Address) -> bool:
        """Whether the address is left out."""
        return self.table.winner(address) is not None

    def widest(self) -> tuple[Pattern, ...]:
        """Those within no other, in the order of their texts."""
        alone = (each for each in self.patterns if len(self.table.matches(general(each))) == 1)
        return tuple(sorted(alone, key=str))


@frozen
class _Exception:
    pattern: Pattern


NONE = Exceptions.of(())


Shows = Callable[[Pattern], bool]
"""Whether an address, as the pattern that takes it alone, is one to show."""


def witness(pattern: Pattern, exceptions: Exceptions = NONE, shows: Shows = lambda place: True) -> Address | None:
    """An address that the pattern takes and no exception does, and that shows; None if there is none.

    What is tried later is thought of later: mostly what is likely will do.
    """
    halves = chain(_likely(pattern), _fresh(pattern, exceptions.patterns), _searched(pattern, exceptions.patterns))
    addresses = (address for local, domain in halves if (address := _address(local, domain)))
    inside = (each for each in addresses if pattern.matches(each) and not exceptions.take(each))
    return next((each for each in inside if shows(single(each))), None)


def _likely(pattern: Pattern) -> Iterator[tuple[str, str]]:
    """What people would write, the simplest first."""
    return _pairs(_filled(pattern.local, _NAMES, _SHORT), _filled(pattern.domain, _DOMAINS, _LABELS))


def _fresh(pattern: Pattern, exceptions: Iterable[Pattern]) -> Iterator[tuple[str, str]]:
    """With letters that the exceptions do not expect."""
    locals_ = list(_fresh_locals(pattern.local, exceptions))
    domains = {each.domain.text for each in exceptions}
    yield from _pairs(locals_, _filled(pattern.domain, _DOMAINS, (*_LABELS, *_runs(domains, LETTERS))))


def _searched(pattern: Pattern, exceptions: Iterable[Pattern]) -> Iterator[tuple[str, str]]:
    """With all domains there are, as far as the exceptions can tell them apart."""
    locals_ = list(_fresh_locals(pattern.local, exceptions))
    near = [each for each in exceptions if meet(pattern.domain, each.domain)]
    never = {each.domain.text for each in near if each.local.matches(pattern.local.text)}
    others = {each.domain.text for each in near} - never
    found = domains(pattern.domain.text, sorted(others), sorted(never))
    yield from ((local, domain) for domain in found for local in locals_)


def _filled(glob: Glob, whole: Iterable[str], parts: Iterable[str]) -> list[str]:
    """The glob with something for its `*`: `whole` if it has nothing else."""
    if "*" not in glob.text:
        return [glob.text]
    return [glob.text.replace("*", each) for each in (*(whole if glob.text == "*" else ()), *parts)]


def _fresh_locals(glob: Glob, exceptions: Iterable[Pattern]) -> Iterator[str]:
    others = {each.local.text for each in exceptions}
    spelled = set(glob.text).union(*others)
    fresh = islice((each for each in _endless() if each not in spelled), _TRIES)
    return iter(_filled(glob, _NAMES, (*_SHORT, *_runs(others, LETTERS), *fresh)))


def _pairs(locals_: list[str], domains: list[str]) -> Iterator[tuple[str, str]]:
    """All pairs, those first that come first on both sides."""
    places = ((i + j, i, j) for i in range(len(locals_)) for j in range(len(domains)))
    return ((locals_[i], domains[j]) for _, i, j in sorted(places))


def _address(local: str, domain: str) -> Address | None:
    """The address, if it is one, and is spelled as it is compared."""
    try:
        address = Address.parse(f"{local}@{domain}")
    except InvalidAddress:
        return None
    return address if (address.local, address.domain) == (local, domain) else None


def _runs(texts: Iterable[str], letters: str) -> list[str]:
    """Runs of a letter with which no literal of a glob starts or ends: none of them can bite off a piece.

    As what is written out without `*` has only so many lengths, one of the runs is likely none of them.
    """
    literals = chain.from_iterable(text.split("*") for text in texts if "*" in text)
    edges = {letter for each in literals if each for letter in (each[0], each[-1])}
    return [letter * size for letter in letters if letter not in edges for size in _RUNS][: len(_RUNS)]


def _endless() -> Iterator[str]:
    yield from LETTERS
    yield from (each for each in map(chr, range(0xE0, 0x110000)) if folded(each) == each and _plain(each))


def _plain(letter: str) -> bool:
    """A letter that never joins the one before it (combining, Hangul) and may stand in an address."""
    return letter.isalpha() and not unfit_letter(letter) and folded(f"a{letter}") == f"a{letter}"
