"""The videos that a recognizer sees, each with what oracles said about it and what is already predicted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.recognizers.labels import Label
from crossoracle.sampling.run import joined
from crossoracle.sampling.scored import Failure, Scored
from crossoracle.tables.shard import Shard

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

Who = tuple[str, str]
"""An oracle and its run."""

Key = tuple[str | None, str, str]
"""What tells the rows of a video and a recognizer apart: oracle, run and condition."""

AT_ONCE = 256
KEY = "dataset, video_id"
SEGMENTS = ("segment", "start_s", "end_s", "coalesce(score, 'nan')", "coalesce(kept::tinyint, -1)")
SAID, DONE, CHOSEN = "said_of_videos", "rows_done", "videos_chosen"


@dataclass(frozen=True, eq=False)
class Video:
    """One video to be recognised.

    Parameters
    ----------
    dataset, video_id, path : str, str and Path or None
        Which one, and where its file is; None where the table does not say.
    label : Label
        What is to be recognised.
    said : mapping
        What each run of each oracle said, in the order of their names; a failure where that is no division
        of a video into segments.
    done : mapping
        The digest of each row that is already predicted.
    """

    dataset: str
    video_id: str
    label: Label
    path: Path | None
    said: Mapping[Who, Scored | Failure]
    done: Mapping[Key, str | None]

    def __str__(self) -> str:
        return f"{self.dataset}/{self.video_id}"


@dataclass(frozen=True)
class Choice:
    """Which rows of a videos table are recognised; what is empty or None takes all.

    The limit counts before the shard: all shards together are what is chosen.
    """

    file: Path
    datasets: tuple[str, ...] = ()
    split: str | None = None
    limit: int | None = None
    shard: Shard | None = None


def choose(con: DuckDBPyConnection, choice: Choice) -> DuckDBPyRelation:
    """Return the chosen rows of a videos table; a shard may have none.

    Raises
    ------
    UnknownNameError, InputError
        A dataset or split is not in the table, or nothing is.
    """
    from duckdb import ColumnExpression, ConstantExpression

    from crossoracle.tables import read

    rows = read(con, "videos", choice.file)
    wanted = {"dataset": choice.datasets, "split": () if choice.split is None else (choice.split,)}
    for column, names in wanted.items():
        known = {str(name) for (name,) in rows.select(column).distinct().fetchall() if name is not None}
        for name in names:
            if name not in known:
                raise UnknownNameError(f"{column} in {choice.file}", name, known)
        if names:
            rows = rows.filter(ColumnExpression(column).isin(*map(ConstantExpression, names)))
    if not rows.limit(1).fetchall():
        raise InputError(f"{choice.file}: found no such videos, expected at least one; choose others")
    rows = rows if choice.limit is None else rows.order(KEY).limit(choice.limit)
    return rows if choice.shard is None else rows.filter(choice.shard.condition)


def labels_of(rows: DuckDBPyRelation) -> list[Label]:
    """Return every label among some rows of a videos table."""
    found = rows.project("dataset, coalesce(label, ''), class_id").distinct().fetchall()
    return [Label(*row) for row in found]


def videos(
    con: DuckDBPyConnection,
    chosen: DuckDBPyRelation,
    home: Path,
    scores: DuckDBPyRelation | None = None,
    done: DuckDBPyRelation | None = None,
) -> Iterator[Video]:
    """Yield videos in the order of dataset and video_id; few of them are in memory at a time.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        The connection of the tables.
    chosen : relation
        Rows of a videos table.
    home : path
        What paths of videos are relative to.
    scores : relation, optional
        Of every oracle: those that are not asked for still say how a video is divided.
    done : relation, optional
        Predictions of one recognizer; they are read before the first video comes, so that their file may be
        written meanwhile.
    """
    chosen.create_view(CHOSEN, replace=True)
    joins = " ".join(
        f"LEFT JOIN ({query}) {name} ON {name}.dataset = v.dataset AND {name}.video_id = v.video_id"
        for name, query in (("said", _said(scores)), ("before", _before(con, done)))
    )
    query = (
        f"SELECT v.dataset, v.video_id, coalesce(label, ''), class_id, path, rows, oracle, run, said.* "
        f"EXCLUDE (dataset, video_id, oracle, run) FROM {CHOSEN} v {joins} "
        "ORDER BY v.dataset, v.video_id, oracle, run"
    )
    with con.cursor() as cursor:  # the connection stays free for others
        found = cursor.execute(query)
        for _, of_video in groupby(_fetched(found), key=lambda row: row[:2]):
            yield _video(list(of_video), home)


def _said(scores: DuckDBPyRelation | None) -> str:
    """Return the query of one row per video, oracle and run, with its segments as lists."""
    if scores is None:
        nothing = (*KEY.split(", "), "oracle", "run", "segment")
        return f"SELECT {', '.join(f'NULL AS {name}' for name in nothing)} WHERE false"
    scores.create_view(SAID, replace=True)
    lists = ", ".join(f"list({column} ORDER BY segment)" for column in SEGMENTS)
    return f"SELECT {KEY}, oracle, run, {lists} FROM {SAID} GROUP BY ALL"


def _before(con: DuckDBPyConnection, done: DuckDBPyRelation | None) -> str:
    """Return the query of one row per video, with what is predicted as a list."""
    if done is None:
        return "SELECT NULL AS dataset, NULL AS video_id, NULL AS rows WHERE false"
    done.create_view(f"{DONE}_there", replace=True)
    con.execute(f"CREATE OR REPLACE TABLE {DONE} AS FROM {DONE}_there")
    row = "struct_pack(o := oracle, r := run, c := condition, d := digest)"
    return f"SELECT {KEY}, list({row}) AS rows FROM {DONE} GROUP BY ALL"


def _fetched(found: DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := found.fetchmany(AT_ONCE):
        yield from rows


def _video(rows: list[tuple[Any, ...]], home: Path) -> Video:
    """Return a video from its rows, one per run of an oracle."""
    dataset, video_id, name, class_id, path, digests = rows[0][:6]
    said = {(row[6], row[7]): joined(dataset, video_id, *row[8:]) for row in rows if row[6] is not None}
    done = {(one["o"], one["r"], one["c"]): one["d"] for one in digests or ()}
    label = Label(dataset, name, class_id)
    return Video(dataset, video_id, label, home / path if path else None, said, done)
