"""The rulebook: the program in force, and what its file says now."""

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Literal

from fetchrun.trust import trusted
from fetchrun.watch import Places, Seen, look
from sortlang.analysis.change import Change
from sortlang.doors.traced import Loaded, keep, retrace, trace
from sortlang.files import load
from sortlang.frozen import frozen
from sortlang.program import Program
from sortlang.prove import some_changes
from sortlang.report import report
from sortlang.rules import Account, Password

MOVES_SHOWN, MOVES_RULES = 20, 100_000
"""So many changes are told one by one, and of files with more rules than that, none: `sortlang diff` has the time."""

MANY = 100_000
"""Of files with more rules than that, a small edit is in force before the file is compiled again."""

TRIES = 5
"""Of reading a file that is written to meanwhile."""


@frozen
class Broken:
    """The file has errors `since` then (Unix seconds), so that the rules from before are in force. `found`: the report,
    `place` and `first` its first error."""

    since: float
    found: str
    place: str
    first: str


@frozen
class News:
    """What a reading came to. `same`: nothing was changed that means anything. `said`: sentences for the log."""

    kind: Literal["same", "new", "broken"]
    said: tuple[str, ...] = ()


class NoRules(Exception):
    """The file has errors and nothing is known from before; the text is the report."""


class Rulebook:
    """One rules file over time. All methods may block; `program` may be taken at any moment from any thread.

    `since`: from when on the rules in force are, Unix seconds. `broken`: the file cannot be used now.
    """

    def __init__(self, file: Path, state: Path, clock: Callable[[], float]) -> None:
        """Reads the file; if that has errors, what it last said without any. Raises NoRules."""
        self.file, self._clock = file, clock
        self.broken: Broken | None = None
        self._kept = state / f"rules-{sha256(os.fsencode(os.path.realpath(file))).hexdigest()[:12]}.table"
        loaded, self.places, self.seen = _read(file, Places((os.fspath(file),)))
        self.broken = None if loaded.program else self._broken(loaded)
        self._content, self.since = loaded.content, clock()
        self.program = loaded.program or self._from_before(loaded)
        self.told = report(loaded.found) if loaded.found else ""
        self._base = _large(loaded)
        self._keep(loaded)

    def reread(self) -> News:
        """What the file says now; the program is another one if it says something else without errors.

        Where there are very many rules, those of a small edit are in force at once, but neither kept nor looked over
        for warnings; `seen` is nothing then, so that the file is read once more, as a whole.
        """
        loaded, self.places, self.seen = _amended(self._base, self.places) or _read(self.file, self.places)
        self._base = _large(loaded)
        before, self._content = self._content, loaded.content
        if loaded.content and loaded.content == before:
            return News("same")
        if loaded.program is None:
            complaint, self.broken = self.broken, self._broken(loaded)
            new = complaint is None or complaint.found != self.broken.found
            return News("broken", (self.broken.found, "the rules from before stay in force") if new else ())
        return self._taken(loaded, loaded.program, bool(loaded.content and not before))

    def _taken(self, loaded: Loaded, program: Program, anew: bool) -> News:
        """The text without errors that the file has now; `anew`: it may be in force already, and was not kept."""
        mended, self.broken = self.broken is not None, None
        old, self.program = self.program, program
        warnings = (report(loaded.found),) if loaded.found else ()
        if same(old, program) and anew:
            self._keep(loaded)
            return News("same", warnings)
        if same(old, program):
            said = f"{self.file} {'has no errors any more' if mended else 'was edited'}, and means the same as before"
            return News("same", (said,))
        self.since = self._clock()
        self._keep(loaded)
        return News("new", (*warnings, f"the rules are new: {old.digest} -> {program.digest}", *moves(old, program)))

    def _broken(self, loaded: Loaded) -> Broken:
        first = next((each for each in loaded.found if each.is_error), loaded.found[0])
        since = self.broken.since if self.broken else self._clock()
        return Broken(since, report(loaded.found), first.span.place, first.message)

    def _from_before(self, loaded: Loaded) -> Program:
        program, _ = load(self._kept, trusted)
        if program is None:
            raise NoRules(report(loaded.found))
        return program

    def _keep(self, loaded: Loaded) -> None:
        """So that a start with a broken file has rules; a table needs none. To fail in this is no reason to stop."""
        if loaded.program is None or not loaded.content:
            return
        try:
            keep(loaded.program, self._kept)
        except (OSError, ValueError):
            self._kept.unlink(missing_ok=True)


def same(old: Program, new: Program) -> bool:
    """Whether both mean the same, passwords included, which the digest leaves out."""
    return old.digest == new.digest and _by_name(old) == _by_name(new) and _passwords(old) == _passwords(new)


def moves(old: Program, new: Program) -> tuple[str, ...]:
    """Whose mail goes elsewhere, in sentences, at most MOVES_SHOWN; what changes for accounts."""
    return (*_came_and_went(old, new), *_moved(old, new))


def _moved(old: Program, new: Program) -> Iterator[str]:
    if sum(len(each.rules.sorts) + len(each.rules.copies) for each in (old, new)) > MOVES_RULES:
        yield "whose mail moves is not worked out here for so many rules"
        return
    found = some_changes(old, new, MOVES_SHOWN + 1)
    yield from map(_sentence, islice(found, MOVES_SHOWN))
    if len(found) > MOVES_SHOWN:
        yield "and mail for more addresses moves"
    if not found:
        yield "mail goes where it went"


def _sentence(change: Change) -> str:
    before, after = (", ".join(each) or "nowhere" for each in (change.before, change.after))
    accounts = [each for each in change.scopes if each]
    through = f" in {', '.join(accounts)}" if accounts and None not in change.scopes else ""
    what = {"sort": "mail for", "copy": "the copy of mail for", "transport": "delivery to"}[change.kind]
    return f"{what} {change.region}{through}: {after}, before {before}"


def _came_and_went(old: Program, new: Program) -> Iterator[str]:
    before, after = _by_name(old), _by_name(new)
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield f'account "{name}" is gone'
        elif name not in before:
            yield f'account "{name}" is new'
        elif before[name] != after[name]:
            yield f'account "{name}" has other settings'


def _by_name(program: Program) -> dict[str, Account]:
    return {each.name: each for each in program.accounts}


def _passwords(program: Program) -> set[tuple[str, Password | None]]:
    """Those that transports use."""
    return {(str(each.pattern), each.access.password) for each in program.rules.transports}


def _large(loaded: Loaded) -> Loaded | None:
    """What can be amended, and takes so long to compile that it is worth it."""
    return loaded if loaded.content and loaded.program and len(loaded.program.rules.sorts) > MANY else None


def _amended(base: Loaded | None, places: Places) -> tuple[Loaded, Places, Seen] | None:
    """As `_read`, of a file that is `base` but for a small edit; what is seen is nothing, so that it is read again."""
    before = look(places)
    loaded = retrace(base, trusted) if base else None
    if loaded is None or look(places) != before:
        return None
    return loaded, places, before if loaded is base else ()


def _read(file: Path, places: Places) -> tuple[Loaded, Places, Seen]:
    """The file between two looks that were alike: half an old text and half a new one are no text.

    `places` is what it took the last time.
    """
    for _ in range(TRIES):
        before = look(places)
        loaded = trace(file, trusted)
        asked, places = places, Places(loaded.names, loaded.patterns)
        if asked == places and look(places) == before:
            return loaded, places, before
    return loaded, places, ()  # never at rest: the next look will find it changed
