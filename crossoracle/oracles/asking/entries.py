"""What stands in a ledger, and what is read out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from crossoracle.oracles.oracle import Kind

State = Literal["sent", "lost", "answered", "failed"]

VERSION = 1
TABLES = """
CREATE TABLE calls (
    key TEXT PRIMARY KEY,
    state TEXT NOT NULL,                        -- one of State
    attempts INTEGER NOT NULL DEFAULT 0,        -- how often it was sent
    possibly_paid INTEGER NOT NULL DEFAULT 0,   -- how often without a reply, but perhaps not for nothing
    oracle TEXT, run TEXT, dataset TEXT, video_id TEXT, kind TEXT, step TEXT, sample INTEGER,
    sent_at REAL,                               -- seconds since 1970, the last time
    latency_s REAL,
    measured INTEGER NOT NULL DEFAULT 0,        -- whether what follows has been read out of the reply
    model TEXT, input_tokens INTEGER, output_tokens INTEGER, cost_usd REAL,
    message TEXT, transient INTEGER, status INTEGER  -- of the last failure
) WITHOUT ROWID;
CREATE INDEX calls_open ON calls (state) WHERE state = 'sent';
CREATE TABLE replies (key TEXT PRIMARY KEY, raw NOT NULL);  -- JSON as text, or compressed by zlib as a blob
CREATE TABLE remembered (kind TEXT, key TEXT, text TEXT NOT NULL, PRIMARY KEY (kind, key));
"""
LOST = "UPDATE calls SET state = 'lost', possibly_paid = possibly_paid + 1 WHERE state = 'sent'"
ENTRY = """
SELECT state, attempts, possibly_paid, latency_s, measured, message, transient, status, raw
FROM calls LEFT JOIN replies USING (key) WHERE key = ?
"""
TOTALS = """
SELECT oracle, count(*), sum(attempts), sum(state = 'answered'), sum(state = 'failed'), sum(state = 'lost'),
    sum(possibly_paid), sum(input_tokens), sum(output_tokens), sum(cost_usd),
    sum(state = 'answered' AND (input_tokens IS NULL OR output_tokens IS NULL)),
    sum(state = 'answered' AND cost_usd IS NULL)
FROM calls GROUP BY oracle ORDER BY oracle
"""
MEANS = """
SELECT kind, count(*), avg(input_tokens), avg(output_tokens), avg(cost_usd), avg(latency_s)
FROM calls WHERE state = 'answered' AND oracle = ? GROUP BY kind
"""


@dataclass(frozen=True)
class Context:
    """For whom a question is put; nothing of it is part of its key."""

    oracle: str
    run: str
    dataset: str
    video_id: str
    kind: Kind
    step: str
    sample: int

    def row(self) -> tuple[Any, ...]:
        """Return the fields in the order of the columns."""
        return tuple(vars(self).values())


@dataclass(frozen=True)
class Entry:
    """What the ledger knows about a question.

    Parameters
    ----------
    state : {"sent", "lost", "answered", "failed"}
        Lost: sent by a process that is gone, so possibly paid for.
    attempts, possibly_paid : int
        How often it was sent; how often it may have been paid for without a reply.
    latency_s : float or None
        How long the last call took.
    measured : int
        Whether model, tokens and cost have been written down.
    message, transient, status
        Of the last failure.
    raw : str or None
        The reply as it came.
    """

    state: State
    attempts: int
    possibly_paid: int
    latency_s: float | None
    measured: int
    message: str | None
    transient: int | None
    status: int | None
    raw: str | None


@dataclass(frozen=True)
class Total:
    """What an oracle has taken, over all runs.

    Parameters
    ----------
    questions : int
        Different questions.
    calls : int
        How often one was sent.
    answered, failed, lost : int
        How many questions are so now; lost ones were sent by a process that is gone.
    possibly_paid : int
        Calls that brought no reply, and may have been paid for.
    input_tokens, output_tokens, cost_usd : int, int and float or None
        Sums of what is known; None where nothing is.
    unknown_tokens, unknown_cost : int
        Replies that are not in these sums.
    """

    oracle: str
    questions: int
    calls: int
    answered: int
    failed: int
    lost: int
    possibly_paid: int
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    unknown_tokens: int
    unknown_cost: int


@dataclass(frozen=True)
class Mean:
    """What replies took on average; None where none says."""

    replies: int
    input_tokens: float | None
    output_tokens: float | None
    cost_usd: float | None
    latency_s: float | None
