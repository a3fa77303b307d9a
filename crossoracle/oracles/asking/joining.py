"""Ledgers into one: every question and every reply of them, none lost, none counted twice.

How often a question was put is counted ledger by ledger. A ledger that has taken over others remembers, for
each of their questions, what each had come to (table ``joined``), so that the same ledger joined again, or
one that went on since, brings only what is new. Of two states of a question the one that is further on
stands: a reply above all, then what waits in a batch, then what may have been paid for. The first
reply stays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossoracle.errors import InputError
from crossoracle.oracles.asking.entries import VERSION
from crossoracle.oracles.asking.opened import IDENTITY, opened, reading

JOINED = """
CREATE TABLE IF NOT EXISTS joined (
    key TEXT, ledger TEXT,                        -- of calls that another ledger made
    attempts INTEGER NOT NULL, possibly_paid INTEGER NOT NULL,
    PRIMARY KEY (key, ledger)
) WITHOUT ROWID
"""
NAMED = (
    "oracle, run, dataset, video_id, kind, step, sample, sent_at, latency_s, measured, model, input_tokens, "
    "output_tokens, cost_usd, message, status, paid, batch"
)
THEIRS = f"""
CREATE TEMP TABLE theirs AS
SELECT key, CASE WHEN state <> 'sent' THEN state WHEN paid THEN 'lost' ELSE 'failed' END AS state, attempts,
    possibly_paid + (state = 'sent' AND paid) AS possibly_paid, {NAMED}, 0 AS wins
FROM source.calls AS one
WHERE wanted(dataset, video_id) AND NOT EXISTS (
    SELECT 1 FROM main.calls AS other
    WHERE other.key = one.key AND other.state = one.state AND other.attempts = one.attempts
        AND other.possibly_paid = one.possibly_paid AND other.measured = one.measured
        AND other.sent_at IS one.sent_at AND other.batch IS one.batch
)
"""  # a call that is under way, or whose process died, counts as lost until its ledger says more
LATER = "CASE {0}.state WHEN 'batched' THEN 1 WHEN 'lost' THEN 2 WHEN 'failed' THEN 3 ELSE 4 END"
FURTHER = "CASE {0}.state WHEN 'failed' THEN 1 WHEN 'lost' THEN 2 WHEN 'batched' THEN 3 ELSE 4 END"
WINS = f"""
UPDATE theirs SET wins = 1 WHERE NOT EXISTS (
    SELECT 1 FROM main.calls AS ours WHERE ours.key = theirs.key AND NOT CASE
        WHEN ours.sent_at IS theirs.sent_at AND ours.state = theirs.state THEN theirs.measured > ours.measured
        WHEN ours.sent_at IS theirs.sent_at THEN {LATER.format("theirs")} > {LATER.format("ours")}
        WHEN ours.state <> theirs.state THEN {FURTHER.format("theirs")} > {FURTHER.format("ours")}
        ELSE ours.state <> 'answered' AND theirs.sent_at > ours.sent_at
    END
)
"""
TWICE = """
SELECT count(*) FROM theirs JOIN main.calls AS ours USING (key)
WHERE theirs.state = 'answered' AND ours.state = 'answered' AND theirs.sent_at IS NOT ours.sent_at
"""
PARTS = """
CREATE TEMP TABLE parts AS
WITH sums AS (SELECT key, sum(attempts) AS attempts, sum(possibly_paid) AS paid FROM {joined} GROUP BY key),
our_sums AS (SELECT key, sum(attempts) AS attempts, sum(possibly_paid) AS paid FROM main.joined GROUP BY key),
every AS (
    SELECT key, :theirs AS ledger, one.attempts - coalesce(sums.attempts, 0) AS attempts,
        one.possibly_paid - coalesce(sums.paid, 0) AS possibly_paid, wins AS rank
    FROM theirs AS one LEFT JOIN sums USING (key)
    UNION ALL
    SELECT key, ledger, other.attempts, other.possibly_paid, wins
    FROM {joined} AS other JOIN theirs USING (key)
    UNION ALL
    SELECT key, :ours, one.attempts - coalesce(our_sums.attempts, 0),
        one.possibly_paid - coalesce(our_sums.paid, 0), 0.5
    FROM main.calls AS one JOIN theirs USING (key) LEFT JOIN our_sums USING (key)
    UNION ALL
    SELECT key, ledger, other.attempts, other.possibly_paid, 0.5
    FROM main.joined AS other JOIN theirs USING (key)
)
SELECT key, ledger, attempts, possibly_paid FROM (
    SELECT *, row_number() OVER (PARTITION BY key, ledger ORDER BY attempts DESC, rank DESC) AS place
    FROM every
) WHERE place = 1
"""  # what each ledger has come to, by whoever knows more of it
ADDED = f"""
INSERT INTO main.calls (key, state, attempts, possibly_paid, {NAMED})
SELECT key, state, attempts, possibly_paid, {NAMED} FROM theirs
WHERE key NOT IN (SELECT key FROM main.calls)
"""
UPDATED = f"""
UPDATE main.calls SET (state, {NAMED}) = (SELECT state, {NAMED} FROM theirs WHERE theirs.key = calls.key)
WHERE key IN (SELECT key FROM theirs WHERE wins)
"""
REMEMBERED = "INSERT OR REPLACE INTO main.joined SELECT * FROM parts WHERE ledger <> :ours"
COUNTED = """
UPDATE main.calls SET (attempts, possibly_paid) = (
    SELECT sum(attempts), sum(possibly_paid) FROM parts WHERE parts.key = calls.key
) WHERE key IN (SELECT key FROM parts)
"""
REPLIES = """
INSERT OR IGNORE INTO main.replies (key, raw)
SELECT key, raw FROM source.replies WHERE key IN (SELECT key FROM theirs WHERE state = 'answered')
"""
SETTLED = "CASE {0} WHEN 'intended' THEN 1 WHEN 'open' THEN 2 WHEN 'vanished' THEN 3 ELSE 4 END"
BATCHES = f"""
INSERT INTO main.batches (mark, oracle, name, state, begun_at)
SELECT mark, oracle, name, state, begun_at FROM source.batches WHERE true
ON CONFLICT (mark) DO UPDATE SET name = coalesce(excluded.name, name), state = excluded.state
WHERE {SETTLED.format("excluded.state")} >= {SETTLED.format("batches.state")}
"""
KEPT = "INSERT OR IGNORE INTO main.remembered SELECT * FROM source.remembered WHERE kind <> 'ledger'"
FOUND = "INSERT OR IGNORE INTO main.remembered SELECT * FROM source.remembered WHERE kind = 'capabilities'"
WHOLE = (UPDATED, ADDED, REMEMBERED, COUNTED, REPLIES, BATCHES, KEPT)
PART = (UPDATED, ADDED, REMEMBERED, COUNTED, REPLIES, FOUND)
"""What is done for a whole ledger, and for some of its videos: batches, and what videos are, stay there."""

AHEAD = """
SELECT count(*) FROM source.calls AS one
WHERE state <> 'failed' AND NOT EXISTS (
    SELECT 1 FROM main.calls AS other WHERE other.key = one.key AND other.state <> 'failed'
)
"""

Wanted = Callable[[str | None, str | None], bool]


@dataclass(frozen=True)
class Joined:
    """What a ledger brought: new questions, new replies, and questions that both had put and got answered."""

    questions: int
    replies: int
    twice: int


def join(into: Path, source: Path, wanted: Wanted | None = None) -> Joined:
    """Take over all that another ledger knows, at once or not at all; that one stays as it is.

    Parameters
    ----------
    into : path
        The ledger that takes over; made where it is missing.
    source : path
        The other one; its process may be at work, or have died.
    wanted : callable, optional
        Whether the questions about a video are taken over, by dataset and video_id.

    Raises
    ------
    InputError
        Another process writes the ledger, or the source is no ledger of this version.
    """
    version_of(source)
    with ExitStack() as held:
        connection, _ = opened(into, held)
        with _attached(connection, source):
            connection.create_function("wanted", 2, wanted or _all, deterministic=True)
            connection.execute(JOINED)
            connection.execute("BEGIN IMMEDIATE")
            try:
                statements = WHOLE if wanted is None else PART
                found = _joined(connection, f"path {source.resolve()}", statements)
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
    return found


def ahead(source: Path, than: Path) -> int:
    """Return how many questions a ledger has that another, which may be missing, knows nothing of.

    Those that failed cost nothing, and do not count.
    """
    version_of(source)
    with ExitStack() as held:
        if not than.is_file():
            query = "SELECT count(*) FROM calls WHERE state <> 'failed'"
            return int(reading(source, held).execute(query).fetchone()[0])
        version_of(than)
        connection = reading(than, held)
        with _attached(connection, source):
            return int(connection.execute(AHEAD).fetchone()[0])


def version_of(ledger: Path) -> int:
    """Return the version of a ledger.

    Raises
    ------
    InputError
        It is an older one, or no ledger.
    """
    with ExitStack() as held:
        (version,) = reading(ledger, held).execute("PRAGMA user_version").fetchone()
    if version != VERSION:
        raise InputError(
            f"ledger {ledger}: found version {version}, expected {VERSION}; `crossoracle score --rebuild` "
            "on its study renews it, and asks nobody"
        )
    return int(version)


@contextmanager
def _attached(connection: sqlite3.Connection, source: Path) -> Iterator[None]:
    try:
        connection.execute("ATTACH ? AS source", (str(source.resolve()),))
        try:
            yield
        finally:
            connection.execute("DETACH source")
    except sqlite3.Error as error:
        raise InputError(
            f"ledger {source}: {error}; nothing was taken over: is it whole, and is there space?"
        ) from error


def _joined(connection: sqlite3.Connection, unnamed: str, statements: Sequence[str]) -> Joined:
    """Take over what the attached ledger has, within a transaction."""

    def count(query: str) -> int:
        return int(connection.execute(query).fetchone()[0])

    tables = "SELECT count(*) FROM source.sqlite_schema WHERE name = 'joined'"
    joined = "source.joined" if count(tables) else "(SELECT * FROM main.joined WHERE false)"
    names = {"ours": _identity(connection, "main", ""), "theirs": _identity(connection, "source", unnamed)}
    before, replies = count("SELECT count(*) FROM main.calls"), count("SELECT count(*) FROM main.replies")
    connection.execute(THEIRS)
    connection.execute("CREATE UNIQUE INDEX temp.theirs_key ON theirs (key)")
    twice = count(TWICE)
    connection.execute(WINS)
    connection.execute(PARTS.format(joined=joined), names)
    connection.execute("CREATE INDEX temp.parts_key ON parts (key)")
    for statement in statements:
        connection.execute(statement, names if ":ours" in statement else {})
    now, stored = count("SELECT count(*) FROM main.calls"), count("SELECT count(*) FROM main.replies")
    for name in ("theirs", "parts"):
        connection.execute(f"DROP TABLE temp.{name}")
    return Joined(now - before, stored - replies, twice)


def _identity(connection: sqlite3.Connection, schema: str, unnamed: str) -> str:
    """Return by what a ledger is known to others; older ones have nothing but their place."""
    query = f"SELECT text FROM {schema}.remembered WHERE kind = ? AND key = ?"
    row: Any = connection.execute(query, IDENTITY).fetchone()
    return unnamed if row is None else str(row[0])


def _all(dataset: str | None, video_id: str | None) -> bool:
    return True
