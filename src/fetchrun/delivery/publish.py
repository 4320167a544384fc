"""Publish: promised copies become delivered ones."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.delivery.target import Unusable, fault, spared
from fetchrun.delivery.targets import maildir
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.records import Staged
from sortlang.frozen import frozen


@frozen
class Published:
    """By the key of each copy: the file name it has now, or why it must wait; those lost sight of are owed again."""

    names: dict[int, str]
    waiting: dict[int, str]
    doubtful: tuple[Staged, ...]


def publish(staged: Sequence[Staged], ledger: Ledger, now: float, arrived: Callable[[Staged], bool]) -> Published:
    """Renames each into `new/`, flushes every `new/` once, writes DONE.

    `arrived` judges a copy that is not in `tmp/` any more: whether an earlier rename is the reason. Raises Trouble;
    then those that are not written DONE are still promised, and `recover` ends it. A promise that names no file of
    ours, as only a damaged ledger has it, is doubtful.
    """
    home = ledger.database.path
    names: dict[int, str] = {}
    waiting: dict[int, str] = {}
    doubtful: list[Staged] = []
    for each in staged:
        try:
            ours = maildir.OURS.fullmatch(each.name)
            name = maildir.publish(each.maildir, each.name, each.sha256, each.octets) if ours else None
            if ours and (name or arrived(each)):
                names[each.key] = name or each.name
            else:
                doubtful.append(each)
        except Unusable as why:
            waiting[each.key] = spared(why, home)
    unflushed = flushed((maildir.room(each.maildir, "new") for each in staged if each.key in names), home)
    for each in staged:
        if each.key in names and maildir.room(each.maildir, "new") in unflushed:
            del names[each.key]
            waiting[each.key] = unflushed[maildir.room(each.maildir, "new")]
    _written(ledger, names, doubtful, now)
    return Published(names, waiting, tuple(doubtful))


def flushed(folders: Iterable[Path], home: Path | None) -> dict[Path, str]:
    """Flushes each folder once; returns those that could not be, and why; `home` as in `spared`. Raises Trouble."""
    unflushed: dict[Path, str] = {}
    for folder in dict.fromkeys(folders):
        try:
            durable.flush_folder(folder)
        except OSError as error:
            unflushed[folder] = spared(fault(error, "flush", folder), home)
    return unflushed


def _written(ledger: Ledger, names: dict[int, str], doubtful: Sequence[Staged], now: float) -> None:
    if names:
        ledger.done(names, now)
    if doubtful:
        ledger.doubt([each.key for each in doubtful], "a staged file vanished before it was delivered")
