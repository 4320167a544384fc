"""Domains: one for each set of globs that take it."""

from collections import deque
from collections.abc import Iterator, Sequence

MAX_STATES = 5_000
LETTERS = "xqzkjvwy0123456789abcdefghilmnoprstu-_"
"""Those of a domain name, as `Address.parse` takes it."""

State = tuple[tuple[frozenset[int], ...], bool]
"""The places reached in each glob, and whether a label has begun."""


def domains(glob: str, others: Sequence[str], never: Sequence[str] = ()) -> Iterator[str]:
    """Domains that the glob takes, the shortest for each way in which the others take it or not; so many at most.

    None that one of `never` takes: where such a glob has all it asks for, the search goes no further.
    """
    globs = (glob, *never, *others)
    ruled_out = [(place, len(text)) for place, text in enumerate(never, 1) if text.endswith("*")]
    spelled = set("".join(globs))
    letters = sorted(spelled - set("*[]:")) + [each for each in LETTERS if each not in spelled][:1]
    start: State = (tuple(_closed(text, {0}) for text in globs), False)
    waiting, known = deque([("", start)]), {start}
    while waiting:
        word, (places, begun) = waiting.popleft()
        if begun and len(glob) in places[0]:
            yield word
        for letter in letters if begun else [each for each in letters if each != "."]:
            after = _step(globs, places, letter)
            out = not after[0][0] or any(end in after[0][place] for place, end in ruled_out)
            if not out and after not in known and len(known) < MAX_STATES:
                known.add(after)
                waiting.append((word + letter, after))


def _step(globs: Sequence[str], places: Sequence[frozenset[int]], letter: str) -> State:
    return tuple(_after(text, those, letter) for text, those in zip(globs, places, strict=True)), letter != "."


def _after(text: str, places: frozenset[int], letter: str) -> frozenset[int]:
    """The places in the glob where one may be after the letter."""
    stays = {place for place in places if text[place : place + 1] == "*"}
    return _closed(text, stays | {place + 1 for place in places if text[place : place + 1] == letter})


def _closed(text: str, places: set[int]) -> frozenset[int]:
    """With the places behind a `*`, which may take nothing."""
    return frozenset(places | {place + 1 for place in places if text[place : place + 1] == "*"})
