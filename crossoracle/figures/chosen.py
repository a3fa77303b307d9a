"""Which video, and whose scores, a figure of single videos shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from crossoracle.errors import InputError
from crossoracle.figures import selection

if TYPE_CHECKING:
    from crossoracle.figures.selection import Table

KEY = ["dataset", "video_id"]


def of_oracle(table: Table, oracle: str | None, run: str) -> tuple[str, duckdb.DuckDBPyRelation]:
    """Return an oracle, by default the first by name, and the rows of one run of it.

    Raises
    ------
    InputError
        The table has no rows of that run.
    UnknownNameError
        It has none of that oracle.
    """
    rows = selection.relation(table).filter(selection.equals("run", run))
    names = [name for (name,) in rows.select("oracle").distinct().fetchall() if name is not None]
    if not names:
        raise InputError(f"the table has no rows of an oracle of run {run!r}: choose another run")
    name = min(names) if oracle is None else selection.known("oracle", oracle, names)
    return name, rows.filter(selection.equals("oracle", name))


def of_video(rows: duckdb.DuckDBPyRelation, video: str) -> pd.DataFrame:
    """Return the rows of the video of that name: its video_id, or DATASET/VIDEO_ID.

    Raises
    ------
    InputError
        There is no such video, or one in several datasets.
    """
    named = selection.equals("video_id", video) | (
        duckdb.FunctionExpression(
            "concat",
            duckdb.ColumnExpression("dataset"),
            duckdb.ConstantExpression("/"),
            duckdb.ColumnExpression("video_id"),
        )
        == duckdb.ConstantExpression(video).cast("varchar")
    )
    found: pd.DataFrame = rows.filter(named).df()
    videos = found[KEY].drop_duplicates()
    if videos.empty:
        raise InputError(f"found no video {video!r}; expected a video_id, or DATASET/VIDEO_ID, of the table")
    if len(videos) > 1:
        several = ", ".join(f"{one.dataset}/{one.video_id}" for one in selection.records(videos))
        raise InputError(f"found several videos {video!r}: name one of {several}")
    return found


def same_video(rows: duckdb.DuckDBPyRelation, dataset: str, video_id: str) -> duckdb.DuckDBPyRelation:
    """Return the rows of one video."""
    return rows.filter(selection.equals("dataset", dataset) & selection.equals("video_id", video_id))
