"""The quarantine: what lies there, and why; gone when somebody says so."""

from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.delivery.target import Unusable, ending
from fetchrun.delivery.targets import maildir
from fetchrun.memory import logbook
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.records import Fact
from sortlang.mail.message import HEAD_LIMIT, Field, fields

REASON = b"x-fetchrun-quarantine"


def lying(ledger: Ledger, key: int) -> tuple[Fact, Path]:
    """The quarantined copy `key` and its file. Raises Unusable if there is none, or Trouble."""
    fact = logbook.fact(ledger, key)
    if fact is None or fact.fate != "quarantined" or not fact.name:
        raise Unusable(f"the quarantine holds nothing with the number {key}")
    try:
        file = maildir.find(Path(fact.target), fact.name)
    except OSError as error:
        raise ending(error, fact.target, "look into") from error
    if file is None:
        raise Unusable(f"number {key} is not in the quarantine any more")
    return fact, file


def head(file: Path) -> tuple[Field, ...]:
    """The header of a quarantined message, our lines on top. Raises Trouble."""
    try:
        with file.open("rb") as opened:
            return fields(opened.read(HEAD_LIMIT))
    except OSError as error:
        raise ending(error, file, "read") from error


def reasons(file: Path) -> tuple[bytes, ...]:
    """Why it lies there. Raises Trouble."""
    return tuple(each.value for each in head(file) if each.name == REASON)


def drop(ledger: Ledger, key: int, note: str = "dropped") -> None:
    """Removes the file, for good. Raises Unusable or Trouble."""
    fact, file = lying(ledger, key)
    try:
        durable.remove(file)
    except OSError as error:
        raise ending(error, file, "remove") from error
    ledger.cleared(fact.key, note)
