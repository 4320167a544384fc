"""A checkup of the ledger: whether it is whole, and what it holds."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from fetchrun.memory import schema
from fetchrun.memory.epoch import LEDGER, Epoch, compared, mark
from fetchrun.trouble import Trouble
from sortlang.frozen import frozen

_MOST = 20
_COUNTS = {
    "maildrops": "SELECT count(*) FROM accounts",
    "messages there": "SELECT state, count(*) FROM messages WHERE gone IS NULL GROUP BY state ORDER BY state",
    "messages gone": "SELECT count(*) FROM messages WHERE gone IS NOT NULL",
    "copies": "SELECT state, count(*) FROM copies GROUP BY state ORDER BY state",
    "remembered duplicates": "SELECT count(*) FROM duplicates",
}


@frozen
class Checkup:
    """`wrong`: what is not as it should be, a sentence each; `facts`: what there is, by its name."""

    wrong: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]


def checkup(state: Path) -> Checkup:
    """Looks at every page of the ledger in `state`, and changes nothing; it may be in use."""
    path = state / LEDGER
    if wrong := _missing(state) or damage(path):
        return Checkup(wrong, (("ledger", str(path)),))
    with closing(_reading(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        size = sum(each.stat().st_size for each in state.glob(f"{LEDGER}*") if each.name in (LEDGER, f"{LEDGER}-wal"))
        facts = [("ledger", f"{path}, {size:,} octets"), ("schema", _versions(version))]
        facts += [(name, _count(connection, query)) for name, query in _COUNTS.items()]
        if version == 1:
            return Checkup((), tuple(facts))
        epoch, wrong = _epoch(connection, state)
        return Checkup(wrong, (*facts, ("epoch", epoch)))


def damage(path: Path) -> tuple[str, ...]:
    """What is broken in the file of a ledger, a sentence each; nothing: every page and reference is good."""
    try:
        with closing(_reading(path)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if not 0 < version <= schema.VERSION:
                newer = f"schema {version} is newer than this fetchrun, which knows {schema.VERSION}"
                return (newer if version else "it was never a ledger",)
            return tuple(_damage(connection))[:_MOST]
    except sqlite3.Error as error:
        return (f"the ledger {path} is damaged: {error}",)


def _damage(connection: sqlite3.Connection) -> Iterator[str]:
    for (answer,) in connection.execute(f"PRAGMA integrity_check({_MOST})"):
        yield from (each for each in str(answer).splitlines() if each != "ok" and not each.startswith("***"))
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"row {row} of {table} belongs to no row of {parent}"


def _missing(state: Path) -> tuple[str, ...]:
    path = state / LEDGER
    if path.exists():
        return ()
    return (f"the ledger {path} is gone, but mail was fetched with it" if (state / "epoch").exists() else _NONE,)


_NONE = "there is no ledger: nothing was fetched yet with this state folder"


def _epoch(connection: sqlite3.Connection, state: Path) -> tuple[str, tuple[str, ...]]:
    epoch = Epoch(*connection.execute("SELECT id, count FROM epoch").fetchone())
    try:
        said = mark(state)
        compared(epoch, said, state / LEDGER)
    except Trouble as trouble:
        return str(epoch.count), (trouble.sentence,)
    return f"{epoch.count}, and the file beside it says {said.count if said else 'nothing yet'}", ()


def _reading(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _versions(version: int) -> str:
    return str(version) if version == schema.VERSION else f"{version}, becomes {schema.VERSION} at the next run"


def _count(connection: sqlite3.Connection, query: str) -> str:
    rows = connection.execute(query).fetchall()
    return ", ".join(" ".join(map(str, reversed(row))) for row in rows) or "0"
