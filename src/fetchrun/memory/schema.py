"""The schema of the ledger, step by step, and whether a database is fit."""

import re
import sqlite3
from contextlib import suppress
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.trouble import Trouble

_SMALL = 16 << 20

REBUILD = "`fetchrun state rebuild FILE` makes it anew from the Maildirs and the servers' listings, and loses no mail"

_FIRST = """
CREATE TABLE accounts (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,          -- who the maildrop is: server and user
    name TEXT NOT NULL,               -- how the rules file called it last; means nothing
    first_poll REAL,                  -- when its first listing was dealt with
    last_poll REAL
) STRICT;
CREATE TABLE messages (
    key INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts(key),
    uid BLOB NOT NULL,
    generation INTEGER NOT NULL,
    size INTEGER NOT NULL,
    head BLOB,
    sha256 BLOB,
    octets INTEGER,
    first_seen REAL NOT NULL,
    state TEXT NOT NULL,
    owed TEXT NOT NULL DEFAULT '',    -- why a copy is still missing
    failures INTEGER NOT NULL DEFAULT 0,
    retry_at REAL NOT NULL DEFAULT 0,
    digest TEXT NOT NULL DEFAULT '',
    kept INTEGER NOT NULL DEFAULT 0,
    asked REAL,                       -- when the server last promised to remove it
    gone REAL,                        -- when a listing first lacked it
    UNIQUE (account, uid, generation)
) STRICT;
CREATE TABLE copies (
    key INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES messages(key) ON DELETE CASCADE,
    target TEXT NOT NULL,
    name TEXT NOT NULL,               -- of the file; empty: a duplicate, handed on, or no longer there
    fate TEXT NOT NULL,
    addresses TEXT NOT NULL,
    recipients TEXT NOT NULL,
    source TEXT NOT NULL,
    rule TEXT NOT NULL,
    digest TEXT NOT NULL,
    state TEXT NOT NULL,              -- staged, attempt, deferred, done
    since REAL NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    UNIQUE (message, target)
) STRICT;
CREATE TABLE duplicates (
    identity BLOB NOT NULL,
    target TEXT NOT NULL,
    since REAL NOT NULL,
    message INTEGER NOT NULL,         -- the one that was delivered
    PRIMARY KEY (identity, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_present ON messages(account) WHERE gone IS NULL;
CREATE INDEX messages_gone ON messages(account, gone) WHERE gone IS NOT NULL;
CREATE INDEX messages_again ON messages(account, uid) WHERE generation > 1;
CREATE INDEX duplicates_message ON duplicates(message);
CREATE INDEX copies_staged ON copies(state) WHERE state = 'staged';
CREATE INDEX copies_discarded ON copies(since) WHERE fate = 'discarded';
CREATE INDEX copies_since ON copies(since);
"""
_SECOND = """
CREATE TABLE epoch (                  -- one row: which ledger this is, and how old (see epoch.py)
    id TEXT NOT NULL,
    count INTEGER NOT NULL,
    since REAL NOT NULL
) STRICT;
INSERT INTO epoch VALUES (lower(hex(randomblob(16))), 0, 0);
CREATE TABLE IF NOT EXISTS calm (
    account TEXT PRIMARY KEY,
    messages INTEGER NOT NULL,
    octets INTEGER NOT NULL,
    digest TEXT NOT NULL,
    since REAL NOT NULL,
    until REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS conditions (scope TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""
STEPS = (_FIRST, _SECOND)
"""What leads from each version to the next. A released step is never changed: ledgers were made by it."""

VERSION = len(STEPS)


def connect(path: Path | None) -> sqlite3.Connection:
    """A connection fit for the ledger, the tables there; None: an empty one in memory. Raises Trouble."""
    try:
        return _fit(path)
    except sqlite3.Error as error:
        raise trouble(path, error) from error


def reader(path: Path) -> sqlite3.Connection:
    """One more connection, to read by: it sees what was committed before each query. Raises Trouble."""
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
        connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise trouble(path, error) from error
    return connection


def trouble(path: Path | None, error: sqlite3.Error) -> Trouble:
    """What SQLite complains of, in a sentence."""
    name = getattr(error, "sqlite_errorname", "")
    if not name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        hint = "free some space; nothing is lost, the mail stays on the server" if name == "SQLITE_FULL" else ""
        return Trouble("disk", f"cannot use the ledger {path}: {error}", settings=(), hint=hint)
    return Trouble("disk", f"the ledger {path} is damaged: {error}", settings=(), hint=REBUILD, temporary=False)


def _fit(path: Path | None) -> sqlite3.Connection:
    unclean = path is not None and path.with_name(f"{path.name}-wal").exists()
    connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=5)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if path is not None:
            _durable(connection, path)
            _checked(connection, path, thoroughly=unclean or path.stat().st_size < _SMALL)
        _built(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _durable(connection: sqlite3.Connection, path: Path) -> None:
    """Write-ahead log, flushed at every commit; without it the guarantee would be void."""
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        hint = "the state folder must lie on a local file system"
        raise Trouble("disk", f"the ledger {path} gets no write-ahead log", settings=(), hint=hint, temporary=False)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")  # what a block may take back; no other folder is to be written


def _checked(connection: sqlite3.Connection, path: Path, thoroughly: bool) -> None:
    if thoroughly and (answer := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        sentence = f"the ledger {path} is damaged: {str(answer).splitlines()[-1]}"
        raise Trouble("disk", sentence, settings=(), hint=REBUILD, temporary=False)


def _built(connection: sqlite3.Connection, path: Path | None) -> None:
    """The tables as this version has them; all missing steps are one transaction."""
    version = _version(connection)
    if version > VERSION:
        sentence = f"the ledger {path} was written by a newer fetchrun (schema {version}, this one knows {VERSION})"
        hint = "use that fetchrun, or another state folder"
        raise Trouble("disk", sentence, settings=(), hint=hint, temporary=False)
    if version < VERSION:
        _stepped(connection)
    if version == 0 and path is not None:
        durable.flush_folder(path.parent)


def _stepped(connection: sqlite3.Connection) -> None:
    """Who comes second waits for the first, and finds nothing to do."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in STEPS[_version(connection) :]:
            for statement in filter(str.strip, re.sub(r"--.*", "", step).split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
