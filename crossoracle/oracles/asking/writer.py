"""One thread that writes to a database for all who ask: whatever waits is committed together.

While a commit is on its way to the disk, more is handed in; the next commit takes all of it. So the more is
written at a time, the fewer commits each of them costs, and nobody waits for more than two.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from crossoracle.errors import CrossoracleError

Operation = tuple[str, tuple[Any, ...]]
Changed = tuple[int, ...]
Order = tuple[Sequence[Operation], "Future[Changed]"]
GATHER_S = 0.005
"""How long a commit waits for company."""

MOST = 1000
"""Orders in one commit."""


OF_A_ROW = (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.DataError, sqlite3.IntegrityError)
"""Errors of SQLite that are about what was to be written, not about where."""


class LedgerFailed(CrossoracleError, RuntimeError):
    """The ledger could not be written: the disk is full, or gone. Nothing more is asked."""


class Writer:
    """Writes from one thread.

    Parameters
    ----------
    connection : sqlite3.Connection
        In autocommit mode, usable from any thread; the writer's alone until it is closed.
    name : str
        Of the database, for messages.
    """

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection, self._name = connection, name
        self._orders: SimpleQueue[Order | None] = SimpleQueue()
        self._failed: LedgerFailed | None = None
        self._closed = False
        self._thread = Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()

    def write(self, *operations: Operation) -> Future[Changed]:
        """Hand in statements that belong together; the future is done when they are on the disk.

        It tells how many rows each of them changed.

        Raises
        ------
        LedgerFailed
            The writer is closed. What goes wrong on the disk is raised by the future, and by all later ones.
        """
        if self._closed:
            raise LedgerFailed(f"{self._name}: closed, but something was still to be written")
        done: Future[Changed] = Future()
        self._orders.put((operations, done))
        return done

    def close(self) -> None:
        """Write what is still waiting, and end the thread."""
        if not self._closed:
            self._closed = True
            self._orders.put(None)
            self._thread.join()

    def _work(self) -> None:
        closing = False
        while not closing:
            taken = [self._orders.get()]
            if taken[0] is not None:
                time.sleep(GATHER_S)
            while len(taken) < MOST:
                try:
                    taken.append(self._orders.get_nowait())
                except Empty:
                    break
            closing = taken[-1] is None
            self._commit([order for order in taken if order is not None])

    def _commit(self, orders: Sequence[Order]) -> None:
        for _, done in orders:
            done.set_running_or_notify_cancel()  # who stopped waiting gets it written all the same
        for (_, done), came in zip(orders, self._written(orders), strict=True):
            if done.cancelled():
                continue
            if isinstance(came, LedgerFailed):
                done.set_exception(came)
            else:
                done.set_result(came)

    def _written(self, orders: Sequence[Order]) -> Sequence[Changed | LedgerFailed]:
        """Write orders together; if one of them is no good, each by itself, so that it alone is lost."""
        if self._failed is not None:
            return [self._failed] * len(orders)
        try:
            return self._transact(orders) if orders else []
        except Exception as error:  # whatever it is, those who wait must hear of it
            wrong = error
        if _of_the_disk(wrong):
            self._failed = LedgerFailed(
                f"{self._name}: cannot be written ({wrong}); see to the disk, and run again"
            )
            return [self._failed] * len(orders)
        if len(orders) == 1:
            return [LedgerFailed(f"{self._name}: takes no such row ({wrong}); run again")]
        return [self._written([order])[0] for order in orders]

    def _transact(self, orders: Sequence[Order]) -> list[Changed]:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            changed = [
                tuple(execute(statement, values).rowcount for statement, values in operations)
                for operations, _ in orders
            ]
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise
        return changed


def _of_the_disk(error: Exception) -> bool:
    """Whether nothing more can be written; a value that SQLite does not take spoils no other."""
    return isinstance(error, sqlite3.Error) and not isinstance(error, OF_A_ROW)
