"""Witness: an address of a pattern that none of the exceptions takes.

Local parts have letters without end, so one of them is spelled in no exception: put for every `*`, it gives an address
that an exception takes only if it takes the whole pattern. Domains have 38 letters. There a letter will do with which
no literal of an exception starts or ends; where rules use up all of those too, all domains are searched, with
what the exceptions have seen of them as the state.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from sortlang.address import Address, InvalidAddress, folded, unfit_letter
from sortlang.analysis.meet import meet
from sortlang.glob import Glob
from sortlang.pattern import Pattern
from sortlang.table import Table

MAX_STATES = 20_000
_NAMES = ("anna", "someone", "info")
_DOMAINS = ("example.com", "example.org", "elsewhere.example")
_LETTERS = "xqzkjvwy0123456789abcdefghilmnoprstu"
_DOMAIN_LETTERS = f"{_LETTERS}-_"
_RUNS = (1, 2, 3, 5, 8, 13, 21, 34)
_TRIES = 8


@dataclass(frozen=True, slots=True)
class _Exception:
    pattern: Pattern


def witness(pattern: Pattern, exceptions: Iterable[Pattern] = ()) -> Address | None:
    """An address that the pattern takes and no exception does; None if there is none."""
    excluded = [each for each in exceptions if not each.bare]
    table = Table.of(map(_Exception, excluded))
    locals_ = _locals(pattern.local, excluded)
    pairs = _pairs(locals_, _domains(pattern.domain, excluded))
    hard = ((local, domain) for domain in _searched(pattern.domain, excluded) for local in locals_)
    found = (address for local, domain in chain(pairs, hard) if (address := _address(local, domain)))
    return next((each for each in found if pattern.matches(each) and not table.winner(each)), None)


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


def _locals(glob: Glob, exceptions: list[Pattern]) -> list[str]:
    """Local parts of the glob: with names in it, with little in it, and with letters that nobody else spells."""
    if "*" not in glob.text:
        return [glob.text]
    others = {each.local.text for each in exceptions}
    spelled = set(glob.text).union(*others)
    fresh = islice((each for each in _endless() if each not in spelled), _TRIES)
    names = _NAMES if glob.text == "*" else ("", *_NAMES)
    return [glob.text.replace("*", each) for each in (*names, *_runs(others, _LETTERS), *fresh)]


def _domains(glob: Glob, exceptions: list[Pattern]) -> list[str]:
    """Domains of the glob, in the same order."""
    if "*" not in glob.text:
        return [glob.text]
    names = _DOMAINS if glob.text == "*" else ("", "mail", "a.b")
    runs = _runs({each.domain.text for each in exceptions}, _DOMAIN_LETTERS)
    return [glob.text.replace("*", each) for each in (*names, *runs)]


def _runs(texts: Iterable[str], letters: str) -> list[str]:
    """Runs of a letter with which no literal of a glob starts or ends: none of them can bite off a piece.

    As what is written out without `*` has only so many lengths, one of the runs is likely none of them.
    """
    literals = chain.from_iterable(text.split("*") for text in texts if "*" in text)
    edges = {letter for each in literals if each for letter in (each[0], each[-1])}
    return [letter * size for letter in letters if letter not in edges for size in _RUNS][: len(_RUNS)]


def _endless() -> Iterator[str]:
    yield from _LETTERS
    yield from (each for each in map(chr, range(0xE0, 0x110000)) if folded(each) == each and _plain(each))


def _plain(letter: str) -> bool:
    """A letter that never joins the one before it (combining, Hangul) and may stand in an address."""
    return letter.isalpha() and not unfit_letter(letter) and folded(f"a{letter}") == f"a{letter}"


def _searched(glob: Glob, exceptions: list[Pattern]) -> Iterator[str]:
    """Domains of the glob, the shortest for each set of exceptions that take it: subset construction, as asked."""
    globs = tuple(dict.fromkeys([glob.text, *(each.domain.text for each in exceptions if meet(glob, each.domain))]))
    spelled = set("".join(globs))
    letters = sorted(spelled - set("*[]:")) + [each for each in _DOMAIN_LETTERS if each not in spelled][:1]
    start = (tuple(_closed(text, {0}) for text in globs), ".")
    waiting, known = deque([("", start)]), {start}
    while waiting:
        word, (places, last) = waiting.popleft()
        if len(globs[0]) in places[0] and last != ".":
            yield word
        for letter in letters:
            if letter == "." == last:
                continue
            after = tuple(_after(text, those, letter) for text, those in zip(globs, places, strict=True))
            state = (after, "." if letter == "." else "x")
            if after[0] and state not in known and len(known) < MAX_STATES:
                known.add(state)
                waiting.append((word + letter, state))


def _after(text: str, places: frozenset[int], letter: str) -> frozenset[int]:
    """The places in the glob where one may be after the letter."""
    stays = {place for place in places if text[place : place + 1] == "*"}
    return _closed(text, stays | {place + 1 for place in places if text[place : place + 1] == letter})


def _closed(text: str, places: set[int]) -> frozenset[int]:
    """With the places behind a `*`, which may take nothing."""
    return frozenset(places | {place + 1 for place in places if text[place : place + 1] == "*"})
