"""Together: what threads write at the same time is one transaction."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

MOST = 64
"""So many blocks share one at most: whoever was first waits for no more."""


class Together:
    """Blocks of statements on one connection. Whoever leaves his while others wait to enter theirs leaves the commit to
    them: many blocks, one flush. No block sees the end before what it wrote is durable.

    `turn`: held in a block, and by whoever must not be disturbed by one.
    """

    def __init__(self, connection: sqlite3.Connection, commit: Callable[[], None]) -> None:
        """`commit` is told when a transaction is to hold."""
        self.turn = threading.RLock()
        self.waiting = 0
        self._connection, self._commit = connection, commit
        self._counting = threading.Lock()
        self._open: _Transaction | None = None
        self._inside: int | None = None

    @property
    def inside(self) -> bool:
        """Whether this thread is in a block."""
        return self._inside == threading.get_ident()

    @contextmanager
    def block(self) -> Iterator[None]:
        """Durable when it is left. An error of SQLite's is raised in all blocks of its transaction, for none holds;
        any other is that of its block alone, of which nothing is left.
        """
        self._count(1)
        with self.turn:
            self._count(-1)
            transaction = self._begun()
            self._inside = threading.get_ident()
            try:
                with self._apart(transaction):
                    yield
            finally:
                self._inside = None
                if not self.waiting or not 0 < transaction.blocks < MOST or transaction.fault:
                    self._end(transaction)
        transaction.ended.wait()
        if transaction.fault:
            raise transaction.fault

    def _count(self, more: int) -> None:
        with self._counting:
            self.waiting += more

    def _begun(self) -> "_Transaction":
        if self._open is None:
            self._connection.execute("BEGIN IMMEDIATE")
            self._open = _Transaction()
        return self._open

    @contextmanager
    def _apart(self, transaction: "_Transaction") -> Iterator[None]:
        """The first block needs no savepoint, which would cost a copy of every page that a statement changes."""
        follows = transaction.blocks > 0
        if follows:
            self._connection.execute("SAVEPOINT block")
        try:
            yield
            if follows:
                self._connection.execute("RELEASE block")
            transaction.blocks += 1
        except BaseException as error:
            if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.IntegrityError):
                transaction.fault = error
            elif follows:
                self._connection.execute("ROLLBACK TO block")
                self._connection.execute("RELEASE block")
            raise

    def _end(self, transaction: "_Transaction") -> None:
        self._open = None
        try:
            if transaction.blocks and not transaction.fault:
                self._commit()
        except BaseException as error:
            transaction.fault = error
        finally:
            with suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            transaction.ended.set()


class _Transaction:
    """One that is open: how many blocks of it are complete, and why none of them holds."""

    def __init__(self) -> None:
        self.blocks = 0
        self.fault: BaseException | None = None
        self.ended = threading.Event()
