"""Logged: the messages in the state folder of the program that fetches."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sortlang.diffs.moved import Post

NAME = "ledger.db"
VERSIONS = (1, 2)
"""Those whose tables `accounts`, `messages` and `copies` are the ones asked here."""

_QUERY = """
SELECT accounts.name, copies.message, copies.recipients
FROM copies JOIN messages ON messages.key = copies.message JOIN accounts ON accounts.key = messages.account
WHERE copies.state = 'done' AND copies.since >= ?
ORDER BY copies.message
"""


class NoLog(Exception):
    """Why the log cannot be read, in a clause."""


def posts(state: str, since: float) -> list[Post]:
    """The messages delivered or discarded since then (Unix seconds), for whom each was; raises NoLog.

    The file is only read, also while it is written to; nothing is left beside it.
    """
    path = Path(state) / NAME
    if not path.is_file():
        raise NoLog(f"there is no {path}: it is in the state folder of fetchrun, after its first session")
    try:
        with closing(sqlite3.connect(_address(path), uri=True, timeout=5)) as connection:
            _checked(connection, path)
            return list(_posts(connection, since))
    except (sqlite3.Error, ValueError) as why:
        raise NoLog(f"cannot read {path}: {why}") from None


def _address(path: Path) -> str:
    """Without its log of writes nobody has it open, and SQLite need not make one to read it."""
    quiet = not path.with_name(f"{NAME}-wal").exists()
    return f"file:{quote(str(path.absolute()))}?mode=ro{'&immutable=1' if quiet else ''}"


def _checked(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in VERSIONS:
        raise NoLog(f"{path} was written by a {'newer' if version > max(VERSIONS) else 'different'} fetchrun")


def _posts(connection: sqlite3.Connection, since: float) -> Iterator[Post]:
    """One for each message, with the recipients of all its copies."""
    current, account, names = None, "", list[str]()
    for name, message, recipients in connection.execute(_QUERY, (since,)):
        if message != current and current is not None:
            yield Post(account, tuple(dict.fromkeys(names)))
            names = []
        current, account = message, name
        names += json.loads(recipients)
    if current is not None:
        yield Post(account, tuple(dict.fromkeys(names)))
