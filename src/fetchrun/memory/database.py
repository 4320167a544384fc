"""The database under the ledger: transactions, and one that fails."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fetchrun.memory import schema
from fetchrun.memory.together import Together

Row = tuple[Any, ...]


class Database:
    """A connection to write by and one to read by; any thread may use them, and nobody reads what is not durable.

    After a failure it is closed for good: what SQLite left in its log after a failed commit is known only when it is
    opened again.
    """

    def __init__(self, path: Path | None) -> None:
        """Opens the file, making it 0600 if it is not there; None: an empty one in memory. Raises Trouble."""
        if path is not None:
            _touch(path)
        self.path = path
        self._connection = schema.connect(path)
        self._together = Together(self._connection, lambda: self.commit())
        self._reader = schema.reader(path) if path else self._connection
        self._reading = threading.RLock() if path else self._together.turn

    def close(self) -> None:
        """Ends it; a second time does nothing."""
        with self._reading, self._together.turn, suppress(sqlite3.Error):
            self._reader.close()
            self._connection.close()

    def read(self, query: str, values: Row = ()) -> list[Row]:
        """All rows of one query. Raises Trouble."""
        with self._guarded(), self._view() as view:
            return view.execute(query, values).fetchall()

    def each(self, query: str, values: Row | dict[str, Any] = ()) -> Iterator[Row]:
        """The same rows one by one, for those that are too many together; to be taken to their end at once."""
        with self._guarded(), self._view() as view:
            yield from view.execute(query, values)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, or a part of one that other threads share; durable when the block is left.

        A block within it is a part of it. Raises Trouble; then nobody knows what was written.
        """
        with self._guarded():
            if self.unsettled:
                yield self._connection
                return
            with self._together.block():
                yield self._connection

    @property
    def unsettled(self) -> bool:
        """Whether this thread is in such a block, so that what it reads may be taken back."""
        return self._together.inside

    def commit(self) -> None:
        """The moment from which a transaction holds."""
        self._connection.execute("COMMIT")

    @contextmanager
    def _view(self) -> Iterator[sqlite3.Connection]:
        """What this thread is to see: in a block also what it wrote there."""
        if self.unsettled:
            yield self._connection
            return
        with self._reading:
            yield self._reader

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
