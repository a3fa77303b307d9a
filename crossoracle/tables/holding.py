"""One process at a time: what a second one is told that wants to do the same.

The lock is an empty database beside the file that is guarded: SQLite knows how to lock a file on every
system, and the system lets go of it when a process dies, however it dies.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

try:
    import fcntl
except ModuleNotFoundError:  # not on this system
    fcntl = None  # type: ignore[assignment]

from crossoracle.errors import InputError

logger = logging.getLogger("crossoracle")
_MINE: set[str] = set()
"""The directories that this process merges rows into."""

_THREADS: dict[str, threading.RLock] = {}
"""Which thread of this process it is, by directory."""

LOCKS = Path("/proc/locks")
"""Where Linux lists every lock with the process that holds it; other systems do not say."""


@contextmanager
def held(file: Path, doing: str) -> Iterator[None]:
    """Let nobody else do the same to a file for as long as the block lasts.

    Parameters
    ----------
    file : path
        What is guarded; the lock stands beside it, hidden. Where none can be made, as on a disk that cannot
        be written, there is no lock: whoever writes is told of that.
    doing : str
        What a second process is told is being done ("running this study").

    Raises
    ------
    InputError
        Another process does it; the message names it, where the system tells.
    """
    beside = file.with_name(f".{file.name}.lock")
    try:
        lock = sqlite3.connect(beside, timeout=0, isolation_level=None, check_same_thread=False)
    except sqlite3.Error:
        yield
        return
    with closing(lock):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                told = f"{holder(beside)} is {doing}; wait until it is done, or stop it"
                raise InputError(f"{file.parent}: {told}") from error
        yield


@contextmanager
def merging_into(directory: Path) -> Iterator[None]:
    """Wait until nobody else merges rows into tables of a directory, and let nobody begin meanwhile.

    Where the system cannot lock a directory, as some network file systems cannot, nobody waits; whoever is
    overtaken then notices it only as far as a look at the file before it is replaced shows it.
    """
    place = str(directory.resolve())
    with _THREADS.setdefault(place, threading.RLock()):
        if fcntl is None or place in _MINE:  # by this very thread
            yield
            return
        handle = os.open(place, os.O_RDONLY)
        _MINE.add(place)
        try:
            _wait_for(handle, directory)
            yield
        finally:
            _MINE.discard(place)
            os.close(handle)  # and lets go of it


def _wait_for(handle: int, directory: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        logger.warning("%s: another process is writing its tables; waiting until it is done", directory)
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:
        return  # no locks here


def holder(lock: Path, locks: Path = LOCKS) -> str:
    """Return who holds a lock: "process 123", or "another process" where the system does not say.

    Parameters
    ----------
    lock : path
        The file that is locked.
    locks : path
        The list of locks, as Linux writes it: number, kind, ..., process, device:device:inode, range.
    """
    try:
        inode = str(os.stat(lock).st_ino)
        lines = locks.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "another process"
    for fields in map(str.split, lines):
        if len(fields) > 5 and fields[5].rpartition(":")[2] == inode and fields[4].isdecimal():
            return f"process {fields[4]}"
    return "another process"
