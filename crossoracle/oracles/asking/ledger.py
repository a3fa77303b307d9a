"""The ledger: every question that was put to an oracle, and every reply, so that nothing is paid for twice.

A question is written down before it is put, and its reply, as it came, before anybody reads it. What it can
be meanwhile, and how it comes from one state to another, stands in `crossoracle.oracles.asking.states`.
Failures are booked, never served as answers.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sqlite3
import time
import zlib
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from numbers import Integral, Real
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any

from crossoracle.oracles.adapters.prices import MOST_TOKENS
from crossoracle.oracles.asking.entries import (
    ENTRY,
    MEANS,
    STATE,
    TOTALS,
    Context,
    Entry,
    Mean,
    State,
    Total,
)
from crossoracle.oracles.asking.opened import opened, reading
from crossoracle.oracles.asking.states import ANSWERED, FAILED, MEASURED, PUT, STORED
from crossoracle.oracles.asking.writer import Changed, LedgerFailed, Operation, Writer
from crossoracle.oracles.oracle import Answer, CallFailed

LARGE = 4096
"""Longer replies, in characters, are stored compressed: with log-probabilities they can have a million."""

SURROGATES = re.compile("[\ud800-\udfff]")
"""Halves of characters; no database takes them as text."""

MOST_USD = 1e12

REMEMBERED = "INSERT OR REPLACE INTO remembered (kind, key, text) VALUES (?, ?, ?)"
RECALLED = "SELECT text FROM remembered WHERE kind = ? AND key = ?"


def key_of(described: Mapping[str, Any]) -> str:
    """Return the key of a question: SHA-256 of all that its answer depends on, as canonical JSON."""
    text = json.dumps(described, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Ledger:
    """A ledger in a file; one process writes it, many may read it meanwhile.

    What is written is on the disk when the coroutine returns. All that wait share one commit (`Writer`).

    Parameters
    ----------
    path : path
        The file; made where it is missing.
    read_only : bool
        For a look at it, also while another process writes.

    Attributes
    ----------
    notes : tuple of str
        What is worth knowing about how it was opened, one line each.

    Raises
    ------
    InputError
        Another process writes it; the file is missing (for reading), is no ledger, or one of a newer version.
    """

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        self.path, self.read_only = Path(path), read_only
        self.notes: tuple[str, ...] = ()
        self._writer: Writer | None = None
        self._looking = Lock()
        with ExitStack() as held:
            if not read_only:
                connection, self.notes = opened(self.path, held)
                self._writer = Writer(connection, f"ledger {self.path}")
                held.callback(self._writer.close)
            self._reader = reading(self.path, held)
            self._held = held.pop_all()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what is still waiting, and let go of the file."""
        self._held.close()

    # -- one question --------------------------------------------------------------------------------------

    def find(self, key: str) -> Entry | None:
        """Return what is known about a question, or None."""
        rows = self.select(ENTRY, key)
        if not rows:
            return None
        entry = Entry(*rows[0])
        try:
            return replace(entry, raw=_unpacked(entry.raw))
        except (zlib.error, UnicodeDecodeError) as error:
            raise self._damaged(error) from error

    def state(self, key: str) -> State | None:
        """Return in which state a question is, or None; its reply is not looked at."""
        rows = self.select(STATE, key)
        found: State | None = rows[0][0] if rows else None
        return found

    async def sent(self, key: str, context: Context, *, paid: bool = True) -> None:
        """Write down that a question is about to be put by a call; `paid` is whether it can cost anything.

        Raises
        ------
        LedgerFailed
            It cannot be written; or the question is answered, or waits in a batch, and must not be put.
        """
        (changed,) = await self.write((PUT, put_row(key, "sent", context, paid=paid)))
        if not changed:
            raise LedgerFailed(
                f"ledger {self.path}: question {key[:12]} was to be put, but is answered or in a batch; "
                "nothing more is asked; run again"
            )

    async def answered(self, key: str, raw: str, latency_s: float) -> None:
        """Store a reply as it came.

        It is on its way when this is called, and stays so when the caller is cancelled.
        """
        await self.write(*answer_rows(key, raw, latency_s))

    async def failed(self, key: str, failure: CallFailed, latency_s: float) -> None:
        """Write down that a call brought no reply; if it may have been paid for, its question is lost."""
        said = (failure.possibly_paid, latency_s, told(failure), failure.status)
        await self.write((FAILED, (*said, key)))

    def measured(self, key: str, answer: Answer) -> None:
        """Write down what a stored reply took; nobody waits for it, since the reply tells it again."""
        answer = bookable(answer)
        took = (answer.model, answer.input_tokens, answer.output_tokens, answer.cost_usd)
        self._write((MEASURED, (*took, key)))

    # -- all of them ---------------------------------------------------------------------------------------

    def totals(self) -> dict[str, Total]:
        """Return what each oracle has come to so far."""
        return {row[0]: Total(*row) for row in self.select(TOTALS)}

    def means(self, oracle: str) -> dict[str, Mean]:
        """Return what the replies of an oracle took on average, by kind of question."""
        return {row[0]: Mean(*row[1:]) for row in self.select(MEANS, oracle)}

    # -- what else is worth keeping ------------------------------------------------------------------------

    def remember(self, kind: str, key: str, text: str) -> None:
        """Keep a text by kind and key, in place of an earlier one; for any thread."""
        if self._writer is not None:
            self._write((REMEMBERED, (kind, key, text))).result()

    def recall(self, kind: str, key: str) -> str | None:
        """Return a text that was kept, or None; for any thread."""
        rows = self.select(RECALLED, kind, key)
        return None if not rows else str(rows[0][0])

    # -- for whoever keeps more in it ----------------------------------------------------------------------

    def write(self, *operations: Operation) -> asyncio.Future[Changed]:
        """Hand in statements that belong together; how many rows each changed is told when they are kept.

        Raises
        ------
        LedgerFailed
            It cannot be written.
        """
        return asyncio.wrap_future(self._write(*operations))

    def select(self, query: str, *values: Any) -> list[Any]:
        """Return the rows of a query.

        Raises
        ------
        LedgerFailed
            The file is damaged.
        """
        try:
            with self._looking:
                return self._reader.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> LedgerFailed:
        return LedgerFailed(f"ledger {self.path}: cannot be read ({error}); put back a copy of it")

    def _write(self, *operations: Operation) -> Future[Changed]:
        if self._writer is None:
            raise LedgerFailed(f"ledger {self.path}: opened for reading, but something was to be written")
        return self._writer.write(*operations)


def put_row(
    key: str, state: str, context: Context, *, paid: bool = True, batch: str | None = None
) -> tuple[Any, ...]:
    """Return the values of `PUT`."""
    return (key, state, paid, batch, *context.row(), time.time())


def answer_rows(key: str, raw: str, latency_s: float) -> tuple[Operation, Operation]:
    """Return the statements that store a reply."""
    return (STORED, (key, _packed(raw))), (ANSWERED, (latency_s, key))


def bookable(answer: Answer) -> Answer:
    """Return an answer with a name and numbers that can be kept and added up; None in place of any other."""
    return replace(
        answer,
        model=SURROGATES.sub("?", answer.model) if isinstance(answer.model, str) else None,
        input_tokens=_tokens(answer.input_tokens),
        output_tokens=_tokens(answer.output_tokens),
        cost_usd=_dollars(answer.cost_usd),
    )


def _tokens(value: object) -> int | None:
    """Return a number of tokens; adapters of others may count in NumPy's integers."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        return None
    number = int(value)
    return number if 0 <= number <= MOST_TOKENS else None


def _dollars(value: object) -> float | None:
    if not isinstance(value, Real | Decimal) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ArithmeticError, ValueError):
        return None
    return number if 0 <= number <= MOST_USD else None


def told(failure: CallFailed) -> str:
    """Return what a failure says, as a database takes it."""
    return SURROGATES.sub("?", str(failure))


def _packed(raw: str) -> str | bytes:
    if len(raw) <= LARGE and not SURROGATES.search(raw):
        return raw
    return zlib.compress(raw.encode("utf-8", "surrogatepass"), 1)


def _unpacked(stored: str | bytes | None) -> str | None:
    if isinstance(stored, bytes):
        return zlib.decompress(stored).decode("utf-8", "surrogatepass")
    return stored
