"""The database under the ledger: transactions, and one that fails."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fetchrun.memory import schema

Row = tuple[Any, ...]


class Database:
    """One connection that any thread may use.

    After a failure it is closed for good: what SQLite left in its log after a failed commit is known only when it is
    opened again.
    """

    def __init__(self, path: Path | None) -> None:
        """Opens the file, making it 0600 if it is not there; None: an empty one in memory. Raises Trouble."""
        if path is not None:
            _touch(path)
        self.path = path
        self._connection = schema.connect(path)
        self._lock = threading.RLock()

    def close(self) -> None:
        """Ends it; a second time does nothing."""
        with self._lock, suppress(sqlite3.Error):
            self._connection.close()

    def read(self, query: str, values: Row = ()) -> list[Row]:
        """All rows of one query. Raises Trouble."""
        with self._lock, self._guarded():
            return self._connection.execute(query, values).fetchall()

    def each(self, query: str, values: Row | dict[str, Any] = ()) -> Iterator[Row]:
        """The same rows one by one, for those that are too many together; to be taken to their end at once."""
        with self._lock, self._guarded():
            yield from self._connection.execute(query, values)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, durable when the block is left; a block within it is a part of it.

        Raises Trouble; then nobody knows what was written.
        """
        with self._lock, self._guarded():
            if self.unsettled:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self.commit()
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    @property
    def unsettled(self) -> bool:
        """Whether a transaction is open, so that what is read may be taken back."""
        return self._connection.in_transaction

    def commit(self) -> None:
        """The moment from which a transaction holds."""
        self._connection.execute("COMMIT")

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # a fault of ours
        except sqlite3.Error as error:
            self.close()
            raise schema.trouble(self.path, error) from error


def _touch(path: Path) -> None:
    """Makes the file ourselves, so that it is private from its first byte; SQLite's own log files take its mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise schema.trouble(path, sqlite3.OperationalError(str(error.strerror).lower())) from error
