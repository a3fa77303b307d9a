"""How the file of a ledger is opened: by one writer at a time, and so that what it has written stays.

The lock is a database beside it: SQLite knows how to lock a file on every system, and the system lets go of
it when a process dies, however it dies.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

from crossoracle.errors import InputError
from crossoracle.oracles.asking.disks import network_file_system
from crossoracle.oracles.asking.entries import TABLES, UPGRADES, VERSION
from crossoracle.oracles.asking.states import DIED

MARK = 0x63726F78
"""By which SQLite knows whose file it is (`PRAGMA application_id`)."""

IDENTITY = ("ledger", "#id")
"""Under which a ledger remembers by what others know it, once they are joined."""

WAIT_S = 30.0
"""How long to wait while somebody who reads the file is in the way."""

MOST_LOG_BYTES = 64 * 2**20


def opened(path: Path, held: ExitStack) -> tuple[sqlite3.Connection, tuple[str, ...]]:
    """Open a ledger for writing; what was sent and never came back is lost from now on.

    Parameters
    ----------
    path : path
        The file; made where it is missing.
    held : ExitStack
        What lets go of it.

    Returns
    -------
    sqlite3.Connection, tuple of str
        In autocommit mode; and what is worth saying.

    Raises
    ------
    InputError
        Another process writes it, or it cannot be opened as a ledger.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _lock(path, held)
    try:
        connection = sqlite3.connect(path, WAIT_S, isolation_level=None, check_same_thread=False)
        held.callback(connection.close)
        _check(connection, path)
        notes = _durable(connection, path)
        _upgrade(connection)
        connection.execute(DIED)
        connection.execute("INSERT OR IGNORE INTO remembered VALUES (?, ?, ?)", (*IDENTITY, uuid4().hex))
    except sqlite3.Error as error:
        raise InputError(f"ledger {path}: {error}; expected a ledger of crossoracle, or no file") from error
    return connection, notes


def _upgrade(connection: sqlite3.Connection) -> None:
    """Make a new file a ledger, and an older ledger one of this version: as a whole, or not at all."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    steps = [TABLES] if version == 0 else [UPGRADES[older] for older in range(version, VERSION)]
    if steps:
        marks = f"PRAGMA application_id = {MARK}; PRAGMA user_version = {VERSION};"
        connection.executescript(f"BEGIN; {' '.join(steps)} {marks} COMMIT;")


def reading(path: Path, held: ExitStack) -> sqlite3.Connection:
    """Open a ledger for reading, also while it is written.

    Raises
    ------
    InputError
        There is none, or it cannot be opened as one.
    """
    if not path.is_file():
        raise InputError(f"ledger {path}: no such file; ask an oracle first (`crossoracle score`)")
    where = f"{path.absolute().as_uri()}?mode=ro"
    try:
        connection = sqlite3.connect(where, WAIT_S, uri=True, isolation_level=None, check_same_thread=False)
        held.callback(connection.close)
        _check(connection, path)
    except sqlite3.Error as error:
        raise InputError(f"ledger {path}: {error}; expected a ledger of crossoracle") from error
    return connection


def _lock(path: Path, held: ExitStack) -> None:
    file = path.resolve()  # one lock, whatever links lead to the file
    beside = file.with_name(f".{file.name}.lock")
    lock = sqlite3.connect(beside, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        lock.close()
        if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
            told = "another process is writing it; wait until it is done, or stop it"
        else:
            told = f"its lock {beside.name} cannot be had ({error}); is the directory writable?"
        raise InputError(f"ledger {path}: {told}") from error
    held.callback(lock.close)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is another's, or a later version's."""
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and mark != MARK:
        raise InputError(f"ledger {path}: found a database of something else; give another path")
    if version > VERSION:
        raise InputError(
            f"ledger {path}: found version {version}, expected at most {VERSION}; install a newer crossoracle"
        )


def _durable(connection: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    """Set how commits reach the disk: by a write-ahead log, or a journal where others share the disk."""
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {MOST_LOG_BYTES}")
    network = network_file_system(path)
    if network is None:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        return () if mode == "wal" else (f"ledger {path}: no write-ahead log here, {mode} journal instead",)
    connection.execute("PRAGMA journal_mode = TRUNCATE")
    return (
        f"ledger {path}: on a network file system ({network}): written safely, but slower; use a local disk",
    )
