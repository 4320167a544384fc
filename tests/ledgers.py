"""Ledgers as each released schema made them: `python tests/ledgers.py >tests/fixtures/ledgers/vN.sql`."""

import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path

from fetchrun.delivery.letter import account_id
from fetchrun.memory import schema

FOLDER = Path(__file__).parent / "fixtures" / "ledgers"
BOX = account_id("pop.example.com", "u")
STATES = ("staged", "deferred", "done", "kept", "adopted", "refused")
NOW = 1_700_000_000.0


def released() -> dict[int, Path]:
    """Version → what made a ledger of it, with a message in every state."""
    return {int(each.stem.removeprefix("v")): each for each in FOLDER.glob("v*.sql")}


def made(version: int, state: Path) -> None:
    """The ledger of that version, in `state`."""
    with sqlite3.connect(state / "ledger.db") as connection:
        connection.executescript(released()[version].read_text())
    connection.close()


def schema_of(connection: sqlite3.Connection) -> set[str]:
    """Tables and indexes, however they were laid out."""
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    lines = ("".join(line.partition("--")[0] for line in sql.splitlines()) for (sql,) in rows)
    return {"".join(each.split()).replace("IFNOTEXISTS", "") for each in lines}


def dumped(connection: sqlite3.Connection) -> Iterable[str]:
    """SQL that makes the same ledger."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    yield from connection.iterdump()
    yield f"PRAGMA user_version = {version};"


def sample() -> sqlite3.Connection:
    """A ledger of today's schema, with a message in every state."""
    connection = schema.connect(None)
    connection.execute("INSERT INTO accounts VALUES (1, ?, 'office', ?, ?)", (BOX, NOW, NOW))
    for key, state in enumerate(STATES, 1):
        values = (key, state.encode(), b"head", b"sha", NOW, state, "d")
        about = "key, account, uid, generation, size, head, sha256, octets, first_seen, state, digest"
        connection.execute(f"INSERT INTO messages ({about}) VALUES (?, 1, ?, 1, 100, ?, ?, 90, ?, ?, ?)", values)
    for key, message, state, fate in ((1, 1, "staged", "delivered"), (2, 2, "attempt", "delivered"), *_DONE):
        target = "/mail/a" if state != "attempt" else "lmtp 127.0.0.1:24 b@ex.com"
        values = (key, message, target, "name", fate, '["b@ex.com"]', '["c@ex.com"]', state, NOW)
        about = "key, message, target, name, fate, addresses, recipients, source, rule, digest, state, since"
        connection.execute(
            f"INSERT INTO copies ({about}) VALUES (?, ?, ?, ?, ?, ?, ?, 'To/Cc', 'r:1', 'd', ?, ?)", values
        )
    connection.execute("INSERT INTO duplicates VALUES (?, '/mail/a', ?, 3)", (b"identity", NOW))
    connection.execute("INSERT INTO calm VALUES (?, 3, 300, 'd', ?, ?)", (BOX, NOW, NOW + 1))
    return connection


_DONE = ((3, 3, "done", "delivered"), (4, 6, "done", "discarded"))

if __name__ == "__main__":
    sys.stdout.write("\n".join(dumped(sample())) + "\n")
