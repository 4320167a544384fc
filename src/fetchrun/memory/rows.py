"""Rows: how messages and copies are written, inside a transaction."""

import json
import sqlite3
from collections.abc import Collection
from functools import lru_cache

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.outcome import patience
from fetchrun.memory.database import Row
from fetchrun.memory.records import Posting, Staged, State

COPY = """
INSERT INTO copies (message, target, name, fate, addresses, recipients, source, rule, digest, state, since, note)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (message, target) DO UPDATE SET
    name = excluded.name, fate = excluded.fate, state = excluded.state, since = excluded.since, note = excluded.note
RETURNING key"""
"""One copy; whatever is known of it already is replaced. Gives its key."""

CONCLUDE = """
UPDATE messages SET state = CASE
    WHEN EXISTS (SELECT 1 FROM copies WHERE message = messages.key AND copies.state = 'staged') THEN 'staged'
    WHEN owed != '' THEN 'deferred' ELSE 'done' END
WHERE key = ?"""
"""The state of a message, from that of its copies."""


def posted(write: sqlite3.Connection, account: int, posting: Posting, now: float) -> tuple[Staged | None, ...]:
    """Promises the staged copies of one message, and writes down what needs no file.

    None for a copy whose mail went there in another message meanwhile: it is written down as a duplicate.
    """
    letter = posting.letter
    content = (posting.sha256, posting.octets, posting.owed, posting.kept)
    about = _about(account, letter, posting.first_seen, "deferred" if posting.owed else "staged")
    (key,) = write.execute(_POSTED, (*about, *content)).fetchone()
    if posting.owed and not posting.pending:
        wait(write, key, now)
    for failed, why in posting.failed:
        write.execute(_FAILED, (why, now, failed))
    for copy in posting.duplicates:
        _duplicate(write, key, copy, letter, now)
    staged = tuple(_promised(write, key, copy, name, posting, now) for copy, name in posting.staged)
    if posting.owed or not any(staged):
        write.execute(CONCLUDE, (key,))
    return staged


def write_message(write: sqlite3.Connection, account: int, letter: Letter, first_seen: float, state: State) -> int:
    """The key of the message's row. Failures are counted while the state stays the same."""
    (key,) = write.execute(_MESSAGE, _about(account, letter, first_seen, state)).fetchone()
    return int(key)


def wait(write: sqlite3.Connection, key: int, now: float) -> None:
    """One failure more of the message: its next try is later each time."""
    (failures,) = write.execute("SELECT failures + 1 FROM messages WHERE key = ?", (key,)).fetchone()
    values = (failures, now + patience(failures), key)
    write.execute("UPDATE messages SET failures = ?, retry_at = ? WHERE key = ?", values)


def messages_of(write: sqlite3.Connection, copies: Collection[int]) -> list[tuple[int]]:
    """The messages that these copies are of, each once."""
    query = "SELECT message FROM copies WHERE key = ?"
    return list(dict.fromkeys(row for key in copies for row in write.execute(query, (key,))))


def copy_values(message: int, copy: Copy, name: str, digest: str, state: str, now: float, note: str) -> Row:
    """The values for COPY."""
    names = (_listed(copy.addresses), _listed(copy.recipients))
    return (message, str(copy.place), name, copy.fate, *names, copy.source, copy.rule, digest, state, now, note)


def _about(account: int, letter: Letter, first_seen: float, state: State) -> Row:
    return (account, letter.uid, letter.generation, letter.size, letter.head_hash, first_seen, state, letter.digest)


@lru_cache(maxsize=256)
def _listed(addresses: tuple[str, ...]) -> str:
    return json.dumps(addresses)


def _promised(
    write: sqlite3.Connection, message: int, copy: Copy, name: str, posting: Posting, now: float
) -> Staged | None:
    """Two sessions may have the same mail in their hands: only here, one after the other, is it known who was first."""
    if posting.identity is not None:
        there = (posting.identity, str(copy.place), now - posting.remembered, message)
        if write.execute(_ELSEWHERE, there).fetchone():
            _duplicate(write, message, copy, posting.letter, now)
            return None
        remembered = (posting.identity, str(copy.place), now, message)
        write.execute("INSERT OR REPLACE INTO duplicates VALUES (?, ?, ?, ?)", remembered)
    row = copy_values(message, copy, name, posting.letter.digest, "staged", now, "")
    (key,) = write.execute(COPY, row).fetchone()
    return Staged(key, copy.maildir, name, posting.sha256, posting.octets, now)


def _duplicate(write: sqlite3.Connection, message: int, copy: Copy, letter: Letter, now: float) -> None:
    write.execute(COPY, copy_values(message, copy, "", letter.digest, "done", now, "duplicate"))


_ELSEWHERE = "SELECT 1 FROM duplicates WHERE identity = ? AND target = ? AND since > ? AND message != ?"
_FAILED = "UPDATE copies SET state = 'done', fate = 'failed', note = ?, since = ? WHERE key = ?"
_AGAIN = """
ON CONFLICT (account, uid, generation) DO UPDATE SET
    size = excluded.size, head = coalesce(excluded.head, head), digest = excluded.digest, gone = NULL,
    failures = iif(state = excluded.state, failures, 0), retry_at = 0, state = excluded.state"""
_MESSAGE = f"""
INSERT INTO messages (account, uid, generation, size, head, first_seen, state, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
{_AGAIN} RETURNING key"""  # noqa: S608 - constants
_POSTED = f"""
INSERT INTO messages (account, uid, generation, size, head, first_seen, state, digest, sha256, octets, owed, kept)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) {_AGAIN},
    sha256 = excluded.sha256, octets = excluded.octets, owed = excluded.owed, kept = excluded.kept RETURNING key"""  # noqa: S608
