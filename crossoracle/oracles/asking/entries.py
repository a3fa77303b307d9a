"""What stands in a ledger, and what is read out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from crossoracle.oracles.oracle import Kind

State = Literal["sent", "batched", "lost", "answered", "failed"]
"""`crossoracle.oracles.asking.states` says what they are, and how a question comes from one to another."""

BatchState = Literal["intended", "open", "done", "vanished"]

VERSION = 2
BATCHES = """
CREATE TABLE batches (
    mark TEXT PRIMARY KEY,  -- ours, written down before anything is uploaded; its provider keeps it beside it
    oracle TEXT NOT NULL,
    name TEXT,              -- the provider's, as soon as it is known
    state TEXT NOT NULL,    -- one of BatchState
    begun_at REAL           -- seconds since 1970
) WITHOUT ROWID;
CREATE INDEX calls_batch ON calls (batch) WHERE batch IS NOT NULL;
"""
TABLES = f"""
CREATE TABLE calls (
    key TEXT PRIMARY KEY,
    state TEXT NOT NULL,                        -- one of State
    attempts INTEGER NOT NULL DEFAULT 0,        -- how often it was put
    possibly_paid INTEGER NOT NULL DEFAULT 0,   -- how often without a reply, but perhaps not for nothing
    oracle TEXT, run TEXT, dataset TEXT, video_id TEXT, kind TEXT, step TEXT, sample INTEGER,
    sent_at REAL,                               -- seconds since 1970, the last time
    latency_s REAL,
    measured INTEGER NOT NULL DEFAULT 0,        -- whether what follows has been read out of the reply
    model TEXT, input_tokens INTEGER, output_tokens INTEGER, cost_usd REAL,
    message TEXT, status INTEGER,               -- of the last failure
    paid INTEGER NOT NULL DEFAULT 1,            -- whether it can cost anything
    batch TEXT                                  -- the mark of the batch that it was last put into
) WITHOUT ROWID;
CREATE INDEX calls_open ON calls (state) WHERE state = 'sent';
CREATE TABLE replies (key TEXT PRIMARY KEY, raw NOT NULL);  -- JSON as text, or compressed by zlib as a blob
CREATE TABLE remembered (kind TEXT, key TEXT, text TEXT NOT NULL, PRIMARY KEY (kind, key));
{BATCHES}
"""
UPGRADES = {
    1: f"""
ALTER TABLE calls DROP COLUMN transient;
ALTER TABLE calls ADD COLUMN paid INTEGER NOT NULL DEFAULT 1;
ALTER TABLE calls ADD COLUMN batch TEXT;
{BATCHES}
INSERT INTO batches (mark, oracle, name, state)
SELECT one.key, remembered.key, one.key, 'open' FROM remembered, json_each(text, '$.open') AS one
WHERE kind = 'batches' AND remembered.key <> '#study';
INSERT INTO batches (mark, oracle, name, state)
SELECT one.value, remembered.key, one.value, 'done' FROM remembered, json_each(text, '$.done') AS one
WHERE kind = 'batches' AND remembered.key <> '#study';
UPDATE calls SET possibly_paid = possibly_paid - (state = 'lost'), state = 'batched', batch = found.batch
FROM (
    SELECT one.value AS key, every.key AS batch
    FROM remembered, json_each(text, '$.open') AS every, json_each(every.value) AS one
    WHERE kind = 'batches' AND remembered.key <> '#study'
) AS found
WHERE calls.key = found.key AND state IN ('sent', 'lost');
DELETE FROM remembered WHERE kind = 'batches' AND key <> '#study';
"""
}
"""What makes a ledger of this version one of the next."""

ENTRY = """
SELECT calls.state, attempts, possibly_paid, latency_s, measured, message, status, paid,
    coalesce(batches.name, calls.batch), raw
FROM calls LEFT JOIN replies USING (key) LEFT JOIN batches ON batches.mark = calls.batch WHERE key = ?
"""
STATE = "SELECT state FROM calls WHERE key = ?"
TOTALS = """
SELECT oracle, sum(attempts), sum(state = 'answered'), sum(state = 'failed'), sum(state = 'lost'),
    sum(state = 'batched'), sum(possibly_paid)
FROM calls GROUP BY oracle ORDER BY oracle
"""
AVERAGES = """
kind, count(*), avg(input_tokens), avg(output_tokens),
    avg(CASE WHEN batch IS NULL AND step IS NOT 'batch' THEN cost_usd END),
    avg(CASE WHEN batch IS NULL AND step IS NOT 'batch' THEN latency_s END),
    avg(CASE WHEN batch IS NOT NULL OR step IS 'batch' THEN cost_usd END)
"""
"""The columns of `Mean`, after the kind; a batch has a price and a time of its own."""

MEANS = f"""
SELECT {AVERAGES} FROM calls WHERE state = 'answered' AND oracle = ? AND kind IS NOT NULL GROUP BY kind
"""


@dataclass(frozen=True)
class Context:
    """For whom a question is put; nothing of it is part of its key.

    What is no question about a clip has no kind, and is left out of what replies took on average.
    """

    oracle: str
    run: str
    dataset: str
    video_id: str
    kind: Kind | None
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
    state : {"sent", "batched", "lost", "answered", "failed"}
        Lost: without a reply, and possibly paid for. Batched: its batch will answer it.
    attempts, possibly_paid : int
        How often it was put; how often it may have been paid for without a reply.
    latency_s : float or None
        How long the last call took.
    measured : int
        Whether model, tokens and cost have been written down.
    message, status
        Of the last failure.
    paid : int
        Whether it can cost anything.
    batch : str or None
        The batch that it was last put into, as its provider calls it.
    raw : str or None
        The reply as it came.
    """

    state: State
    attempts: int
    possibly_paid: int
    latency_s: float | None
    measured: int
    message: str | None
    status: int | None
    paid: int
    batch: str | None
    raw: str | None


@dataclass(frozen=True)
class Total:
    """What an oracle has come to, over all runs.

    Parameters
    ----------
    calls : int
        How often a question was put.
    answered, failed, lost, batched : int
        How many questions are so now.
    possibly_paid : int
        Calls that brought no reply, and may have been paid for.
    """

    oracle: str
    calls: int
    answered: int
    failed: int
    lost: int
    batched: int
    possibly_paid: int


@dataclass(frozen=True)
class Batched:
    """A batch as the ledger knows it.

    Parameters
    ----------
    mark : str
        By which it is known at its provider before it has a name there.
    name : str or None
        As its provider calls it; None until that is known.
    state : {"intended", "open", "done", "vanished"}
        Intended: perhaps not even uploaded. Done: its answers are here. Vanished: not known to its provider.
    questions : int
        How many wait in it, or were lost with it.
    oracle : str
        Who began it.
    begun_at : float or None
        When, in seconds since 1970; older ledgers do not say.
    """

    mark: str
    name: str | None
    state: BatchState
    questions: int
    oracle: str
    begun_at: float | None


@dataclass(frozen=True)
class Mean:
    """What replies took on average; None where none says.

    Parameters
    ----------
    replies : int
        Those of batches included.
    input_tokens, output_tokens : float or None
        Of all of them.
    cost_usd, latency_s : float or None
        Of single calls.
    batch_usd : float or None
        What a reply cost that came by batch.
    """

    replies: int
    input_tokens: float | None
    output_tokens: float | None
    cost_usd: float | None
    latency_s: float | None
    batch_usd: float | None = None
