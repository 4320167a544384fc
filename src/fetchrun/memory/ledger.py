"""The ledger: what we promised and what we did, for every message."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from pathlib import Path
from sys import intern

from fetchrun.delivery.copies import Copy
from fetchrun.delivery.letter import Letter
from fetchrun.delivery.letter import account_id as identity_of
from fetchrun.delivery.places import Place
from fetchrun.listing import Entry
from fetchrun.memory.database import Database, Row
from fetchrun.memory.epoch import opened
from fetchrun.memory.records import Known, Posting, Reopened, Settled, Staged
from fetchrun.memory.rows import CONCLUDE, COPY, copy_values, messages_of, posted, wait, write_message

DAY = 86_400.0
REMEMBER_GONE = 90 * DAY


class Ledger:
    """One open ledger. Any thread may call it; each change is one transaction, durable when the call returns.

    Times are Unix seconds. Every method raises Trouble when the database fails; the ledger is closed then.
    """

    def __init__(self, state: Path | None) -> None:
        """Opens `state`/ledger.db, or with None an empty ledger in memory. Raises Trouble."""
        self.database = opened(state) if state else Database(None)
        self._accounts: dict[str, int] = {}

    def close(self) -> None:
        """Ends it; a second time does nothing."""
        self.database.close()

    # The maildrops

    def account(self, server: str, user: str, name: str) -> str:
        """The identity of a maildrop, from now on shown under `name`."""
        identity = identity_of(server, user)
        if not self.database.read("SELECT 1 FROM accounts WHERE id = ? AND name = ?", (identity, name)):
            with self.database.writing() as write:
                write.execute(_ACCOUNT, (identity, name))
        return identity

    def first_poll(self, account_id: str) -> bool:
        """Whether no listing of this maildrop was ever dealt with."""
        return not self.database.read("SELECT 1 FROM accounts WHERE id = ? AND first_poll IS NOT NULL", (account_id,))

    def adopt(self, account_id: str, entries: Iterable[Entry], now: float) -> None:
        """These were there before us: never retrieved, never removed. Ends the first poll, even if there are none."""
        account = self._key(account_id)
        with self.database.writing() as write:
            write.executemany(_ADOPT, ((account, each.uid, each.size, each.head, now) for each in entries))
            write.execute("UPDATE accounts SET first_poll = coalesce(first_poll, ?) WHERE key = ?", (now, account))

    def polled(
        self, account_id: str, listing: Sequence[Entry], now: float, quiet: Collection[bytes] | None = frozenset()
    ) -> None:
        """What a complete listing teaches: who is gone, and who is back with the header we know.

        `quiet`: uids of which it is known that they are listed, besides those of `listing` or with them; None: all that
        the last listing had, and none of `listing`.
        """
        account = self._key(account_id)
        listed, present, gone = {entry.uid for entry in listing}, set[bytes](), list[Row]()
        if quiet is not None:
            for uid, key in self.database.each(_THERE, (account,)):
                if uid in listed:
                    present.add(uid)
                elif uid not in quiet:
                    gone.append((now, key))
        doubted = [each for each in listing if each.head is not None or each.uid not in present]
        with self.database.writing() as write:
            write.executemany("UPDATE messages SET gone = ? WHERE key = ?", gone)
            back = ((each.size, account, each.uid, each.head, each.size, each.nameless) for each in doubted)
            write.executemany(_BACK, back)
            write.execute("UPDATE accounts SET last_poll = ? WHERE key = ?", (now, account))

    def known(self, account_id: str, uids: Collection[bytes], *, only: bool = False) -> dict[bytes, Known]:
        """What is remembered of these uids, and of all that the last listing had; of each its latest generation.

        `only`: of these uids alone, which are few.
        """
        account = self._key(account_id)
        listed = {uid: uid for uid in uids}
        known = {} if only else _by_uid(self.database.each(_PRESENT, (account,)), listed)
        for uid in listed if only else self._odd(account, listed.keys(), known.keys()):
            known.pop(uid, None)
            known |= _by_uid(self.database.read(_ONE_UID, (account, uid)), listed)
        return known

    # One message

    def keep(self, letter: Letter, now: float) -> None:
        """The rules leave the message on the server and deliver nothing, until the rules are others."""
        with self.database.writing() as write:
            write_message(write, self._key(letter.account_id), letter, now, "kept")

    def refuse(self, letter: Letter, now: float) -> None:
        """The server did not give the message: it waits, longer each time."""
        with self.database.writing() as write:
            wait(write, write_message(write, self._key(letter.account_id), letter, now, "refused"), now)

    def interrupt(self, letter: Letter, why: str, now: float) -> None:
        """The session broke at this message: it waits, longer each time, but is never given up."""
        with self.database.writing() as write:
            key = write_message(write, self._key(letter.account_id), letter, now, "deferred")
            write.execute("UPDATE messages SET owed = ? WHERE key = ?", (why, key))
            wait(write, key, now)

    def pardon(self, account_id: str) -> int:
        """The failures of this maildrop's messages are forgotten: the next plan wants them; how many there are."""
        query = "UPDATE messages SET failures = 0, retry_at = 0 WHERE account = ? AND failures > 0 AND gone IS NULL"
        with self.database.writing() as write:
            write.execute("DELETE FROM calm WHERE account = ?", (account_id,))  # there is something to be done now
            return write.execute(query, (self._key(account_id),)).rowcount

    def asked(self, letters: Iterable[tuple[Entry, int]], account_id: str, now: float) -> None:
        """The server has promised to remove these (and generation): its answer to QUIT was `+OK` (RFC 1939 §6).

        What has no uid but its header counts as gone: what looks like it from now on is another message.
        """
        key = self._key(account_id)
        rows = ((now, now if each.nameless else None, key, each.uid, generation) for each, generation in letters)
        with self.database.writing() as write:
            write.executemany(_ASKED, rows)

    def settled(self, *letters: Letter) -> tuple[dict[str, Settled], ...]:
        """The copies of each of these messages that need nothing more, by what their places are called."""
        found: dict[tuple[int, bytes, int], dict[str, Settled]] = {}
        query = f"{_SETTLED} AND uid IN ({', '.join('?' * len(letters))})"
        for account in {self._key(each.account_id) for each in letters}:
            rows = self.database.read(query, (account, *(each.uid for each in letters)))
            for uid, generation, target, name, fate in rows:
                found.setdefault((account, uid, generation), {})[target] = Settled(name, fate)
        return tuple(found.get((self._key(each.account_id), each.uid, each.generation), {}) for each in letters)

    def has(self, identity: bytes, target: Place, since: float) -> bool:
        """Whether that mail went there after `since`, whichever message it came in."""
        query = "SELECT 1 FROM duplicates WHERE identity = ? AND target = ? AND since > ?"
        return bool(self.database.read(query, (identity, str(target), since)))

    # The protocol

    def stage(self, postings: Sequence[Posting], now: float) -> tuple[tuple[Staged | None, ...], ...]:
        """J1: promises each posting's staged copies. Their files, and their names in `tmp/`, must be flushed before.

        None for a copy whose mail went there in another message meanwhile: its file is not to be.
        """
        with self.database.writing() as write:
            return tuple(posted(write, self._key(each.letter.account_id), each, now) for each in postings)

    def staged(self) -> tuple[Staged, ...]:
        """What was promised and is not known to be delivered, the oldest first."""
        return tuple(Staged(key, Path(target), *rest) for key, target, *rest in self.database.read(_STAGED))

    def done(self, names: Mapping[int, str], now: float) -> None:
        """J3: these staged copies lie in `new/` under these names, flushed."""
        rows = [(name, now, key) for key, name in names.items()]
        with self.database.writing() as write:
            write.executemany("UPDATE copies SET state = 'done', name = ?, since = ? WHERE key = ?", rows)
            write.executemany(_CONCLUDE_ITS, [(key,) for key in names])

    def doubt(self, keys: Collection[int], reason: str) -> None:
        """These staged copies are owed again: nobody can tell whether they were delivered."""
        with self.database.writing() as write:
            messages = messages_of(write, keys)
            write.executemany(_FORGO, [(key,) for key in keys])
            write.executemany("UPDATE messages SET owed = ? WHERE key = ?", [(reason, key) for (key,) in messages])
            write.executemany("DELETE FROM copies WHERE key = ?", [(key,) for key in keys])
            write.executemany(CONCLUDE, messages)

    # What is handed on

    def attempt(self, letter: Letter, copies: Iterable[Copy], now: float) -> tuple[int, ...]:
        """J2: these copies of a message that was staged are about to be handed on; a key for each."""
        with self.database.writing() as write:
            account = self._key(letter.account_id)
            (message,) = write.execute(_ONE_MESSAGE, (account, letter.uid, letter.generation)).fetchone()
            rows = [copy_values(message, each, "", letter.digest, "attempt", now, "") for each in copies]
            return tuple(int(write.execute(COPY, row).fetchone()[0]) for row in rows)

    def accepted(self, key: int, identity: bytes | None, now: float) -> None:
        """The other side has taken this copy over. To be called at once: until then it would be handed on again."""
        with self.database.writing() as write:
            write.execute("UPDATE copies SET state = 'done', since = ?, note = '' WHERE key = ?", (now, key))
            if identity is not None:
                write.execute(_REMEMBER, (identity, now, key))

    def put_off(self, key: int, why: str) -> None:
        """This copy was not taken over now."""
        with self.database.writing() as write:
            write.execute("UPDATE copies SET state = 'deferred', note = ? WHERE key = ?", (why, key))

    def owe(self, letter: Letter, why: str, now: float) -> None:
        """Why copies of the message are still missing, so that it waits, longer each time; empty: none is."""
        with self.database.writing() as write:
            account = self._key(letter.account_id)
            (message,) = write.execute(_ONE_MESSAGE, (account, letter.uid, letter.generation)).fetchone()
            write.execute("UPDATE messages SET owed = ? WHERE key = ?", (why, message))
            write.execute(CONCLUDE, (message,))
            if why:
                wait(write, message, now)

    # Beside the sessions

    def promise(self, key: int, copy: Copy, name: str, now: float) -> Staged:
        """One more copy of the message that copy `key` is of, as `stage` does it; for the trash."""
        with self.database.writing() as write:
            query = (
                "SELECT messages.key, sha256, octets, copies.digest FROM copies JOIN messages ON messages.key = message"
            )
            message, sha256, octets, digest = write.execute(query + " WHERE copies.key = ?", (key,)).fetchone()
            row = copy_values(message, copy, name, digest, "staged", now, "restored")
            (promised,) = write.execute(COPY, row).fetchone()
            write.execute(CONCLUDE, (message,))
        return Staged(promised, copy.maildir, name, sha256, octets, now)

    def reopen(self, key: int) -> Reopened:
        """The message that copy `key` is of is to be tried again; what was refused counts as owed."""
        with self.database.writing() as write:
            (message,) = write.execute("SELECT message FROM copies WHERE key = ?", (key,)).fetchone()
            write.execute(_REOPEN, (message,))
            query = "SELECT size, octets, first_seen FROM messages WHERE key = ?"
            return Reopened(*write.execute(query, (message,)).fetchone())

    def cleared(self, key: int, note: str) -> None:
        """The file of this copy is no more; `note` says why."""
        with self.database.writing() as write:
            write.execute("UPDATE copies SET name = '', note = ? WHERE key = ?", (note, key))

    def maildirs(self) -> tuple[Path, ...]:
        """Every Maildir that a copy went to."""
        query = "SELECT DISTINCT target FROM copies WHERE target LIKE '/%'"
        return tuple(Path(target) for (target,) in self.database.read(query))

    def forget(self, now: float, remembered: float) -> None:
        """Drops messages gone for 90 days whose trash is empty, and what was remembered for `remembered` seconds."""
        with self.database.writing() as write:
            write.execute(_FORGET, (now - REMEMBER_GONE,))
            write.execute("DELETE FROM duplicates WHERE since <= ?", (now - remembered,))

    def _key(self, account_id: str) -> int:
        """The row of an account that `account` has made known; a reader's ledger may not have it: no row is 0."""
        if account_id in self._accounts:
            return self._accounts[account_id]
        rows = self.database.read("SELECT key FROM accounts WHERE id = ?", (account_id,))
        key = int(rows[0][0]) if rows else 0
        if key and not self.database.unsettled:
            self._accounts[account_id] = key
        return key

    def _odd(self, account: int, uids: Set[bytes], present: Set[bytes]) -> Set[bytes]:
        """The uids of which more than the present rows must be read: once gone, or used more than once."""
        again = {uid for (uid,) in self.database.read(_AGAIN, (account,))}
        once = self.database.read("SELECT 1 FROM messages WHERE account = ? AND gone IS NOT NULL LIMIT 1", (account,))
        gone = uids - present if once else set()
        return gone | {each for each in again if each in uids or each in present}


def _by_uid(rows: Iterable[Row], listed: Mapping[bytes, bytes]) -> dict[bytes, Known]:
    """The latest generation of each uid, the earlier ones behind it; what is equal is held once, there may be many."""
    known: dict[bytes, Known] = {}
    for uid, generation, size, head, state, first_seen, failures, retry_at, digest, *rest in rows:
        older = (known[uid], *known[uid].older) if uid in known else ()
        same = listed.get(uid, uid)
        times = (first_seen, failures, retry_at or 0.0)
        known[same] = Known._make((same, generation, size, head, intern(state), *times, intern(digest), *rest, older))
    return known


_ACCOUNT = "INSERT INTO accounts (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name"
_ADOPT = """
INSERT INTO messages (account, uid, generation, size, head, first_seen, state) VALUES (?, ?, 1, ?, ?, ?, 'adopted')
ON CONFLICT (account, uid, generation) DO NOTHING"""
_BACK = """
UPDATE messages SET size = ?, gone = NULL WHERE account = ? AND uid = ?
AND (head = ? OR (head IS NULL AND size = ?)) AND (NOT ? OR state != 'done' OR gone IS NULL)"""
_ASKED = """
UPDATE messages SET asked = ?, gone = coalesce(?, gone) WHERE account = ? AND uid = ? AND generation = ?"""
_FORGO = """
DELETE FROM duplicates WHERE (message, target) = (SELECT message, target FROM copies WHERE key = ?)"""
_THERE = "SELECT uid, key FROM messages WHERE account = ? AND gone IS NULL"
_PRESENT = """
SELECT uid, generation, size, head, state, first_seen, failures, retry_at, digest, kept, gone, asked FROM messages
WHERE account = ? AND gone IS NULL ORDER BY generation"""
_ONE_UID = """
SELECT uid, generation, size, head, state, first_seen, failures, retry_at, digest, kept, gone, asked FROM messages
WHERE account = ? AND uid = ? ORDER BY generation"""
_AGAIN = "SELECT DISTINCT uid FROM messages WHERE account = ? AND generation > 1"
_SETTLED = """
SELECT uid, generation, target, name, fate FROM copies JOIN messages ON messages.key = message
WHERE copies.state = 'done' AND account = ?"""
_STAGED = """
SELECT copies.key, target, name, sha256, octets, since FROM copies JOIN messages ON messages.key = message
WHERE copies.state = 'staged' ORDER BY copies.key"""
_CONCLUDE_ITS = CONCLUDE.replace("key = ?", "key = (SELECT message FROM copies WHERE key = ?)")
_REOPEN = "UPDATE copies SET state = 'deferred', fate = 'delivered' WHERE message = ? AND fate = 'failed'"
_ONE_MESSAGE = "SELECT key FROM messages WHERE account = ? AND uid = ? AND generation = ?"
_REMEMBER = "INSERT OR REPLACE INTO duplicates SELECT ?, target, ?, message FROM copies WHERE key = ?"
_FORGET = """
DELETE FROM messages WHERE gone < ? AND NOT EXISTS (
    SELECT 1 FROM copies WHERE message = messages.key
    AND (copies.state = 'staged' OR (fate IN ('discarded', 'quarantined') AND name != '')))"""
