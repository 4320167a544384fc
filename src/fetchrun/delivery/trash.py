"""The trash: discarded mail is brought back, or is gone in the end."""

import os
from io import FileIO
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.dispatch import Dispatch
from fetchrun.delivery.handover import hand_over
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.load import Load
from fetchrun.delivery.places import Place
from fetchrun.delivery.publish import flushed, publish
from fetchrun.delivery.target import Unusable, ending
from fetchrun.delivery.targets import maildir
from fetchrun.memory import logbook
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.records import Fact


def expire(ledger: Ledger, age: float, now: float) -> int:
    """Unlinks what has lain in the trash for more than `age` seconds; returns how many. Raises Trouble."""
    old = [each for each in logbook.trashed(ledger) if each.when < now - age]
    for each in old:
        _cleared(ledger, each, _file(each), "expired")
    return len(old)


def restore(ledger: Ledger, key: int, place: Path, now: float) -> str:
    """Moves the discarded copy `key` into the Maildir `place`, exactly once; returns its file name there.

    A second call after a crash goes on where the first ended. Raises Unusable or Trouble; the trash still has it then.
    """
    kept = _kept(ledger, key)
    publish([each for each in ledger.staged() if each.maildir == place], ledger, now, arrived=lambda _: True)
    source = _file(kept)
    (there,) = ledger.settled(Letter(kept.account_id, kept.uid, kept.generation, size=0))
    name = there[str(place)].name if str(place) in there else _delivered(ledger, kept, source, place, now)
    _cleared(ledger, kept, source, "restored")
    return name


def hand_on(ledger: Ledger, key: int, place: Place, dispatch: Dispatch, now: float) -> None:
    """Gives the discarded copy `key` to whom takes mail over for `place`, at least once, and clears it from the trash.

    Raises Unusable or Trouble; the trash still has it then.
    """
    kept = _kept(ledger, key)
    letter, source = Letter(kept.account_id, kept.uid, kept.generation, size=0), _file(kept)
    (there,) = ledger.settled(letter)
    if str(place) not in there:
        if source is None:
            raise Unusable(f"number {kept.key} is not in the trash any more")
        _handed_on(ledger, kept, letter, source, place, dispatch, now)
    _cleared(ledger, kept, source, "restored")


def _kept(ledger: Ledger, key: int) -> Fact:
    kept = logbook.fact(ledger, key)
    if kept is None or kept.fate != "discarded" or not kept.name:
        raise Unusable(f"the trash holds nothing with the number {key}")
    return kept


def _handed_on(
    ledger: Ledger, kept: Fact, letter: Letter, source: Path, place: Place, dispatch: Dispatch, now: float
) -> None:
    """As it lies there, our own lines on top, and one more that is the same at every try."""
    stamp = f"Delivered-To: {place.address}\n".encode()
    copy = Copy(place, "delivered", (place.address,), kept.recipients, kept.source, kept.rule, stamp)
    with FileIO(source) as file, dispatch.trip(now) as trip:
        load = Load(letter, file, 0, os.fstat(file.fileno()).st_size)
        handed = hand_over(load, (copy,), None, trip, ledger, now)
    for number, verdict in handed.failed:
        ledger.put_off(number, verdict.why)
    if not handed.deposits:
        raise Unusable("; ".join((*handed.waiting, *(verdict.why for _, verdict in handed.failed))))


def _delivered(ledger: Ledger, kept: Fact, source: Path | None, place: Path, now: float) -> str:
    """The protocol of every delivery, for one copy."""
    if source is None:
        raise Unusable(f"number {kept.key} is not in the trash any more")
    name = _copied(kept, source, place)
    unflushed = flushed([place / "tmp"], ledger.database.path)
    if unflushed:
        raise Unusable(unflushed[place / "tmp"])
    copy = Copy(Place.at(place), "delivered", (), kept.recipients, kept.source, kept.rule)
    staged = ledger.promise(kept.key, copy, name, now)
    published = publish([staged], ledger, now, arrived=lambda _: False)
    if staged.key not in published.names:
        raise Unusable(published.waiting.get(staged.key, "the staged file vanished before it was delivered"))
    return published.names[staged.key]


def _copied(kept: Fact, source: Path, place: Path) -> str:
    """A flushed file in `tmp/`, with the time of the mail; returns its name."""
    letter = Letter(kept.account_id, kept.uid, kept.generation, size=0, received=float(kept.name.partition(".")[0]))
    made = maildir.draft(place, maildir.file_name(letter, place, kept.when))
    try:
        with made.file, FileIO(source) as original:
            durable.append(original, 0, made.file)
            about = os.fstat(original.fileno())
            durable.confirm(made.file, about.st_size)
            os.utime(made.file.fileno(), ns=(about.st_atime_ns, about.st_mtime_ns))
            durable.flush_file(made.file)
    except OSError as error:
        maildir.withdraw(made)
        raise ending(error, place) from error
    return made.name


def _file(fact: Fact) -> Path | None:
    try:
        return maildir.find(Path(fact.target), fact.name)
    except OSError as error:
        raise ending(error, fact.target) from error


def _cleared(ledger: Ledger, fact: Fact, file: Path | None, note: str) -> None:
    """Unlinks first: a crash between the two leaves a line that the next call clears."""
    try:
        if file:
            durable.remove(file)
    except OSError as error:
        raise ending(error, fact.target) from error
    ledger.cleared(fact.key, note)
