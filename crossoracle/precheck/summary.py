"""What the verb precheck found, and the way to it from tables: who is counted, and of which videos."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from crossoracle.options import PrecheckOptions
from crossoracle.precheck.choice import cluster_of, compared
from crossoracle.precheck.counting import flow
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection, DuckDBPyRelation


@dataclass(frozen=True)
class Flow:
    """What `Study.precheck` found: the flow table, and the files it was written to.

    ``told`` is what is to be known about the files: figures that are behind.
    """

    table: pd.DataFrame
    oracles: tuple[str, ...]
    options: PrecheckOptions
    files: tuple[Path, ...] = ()
    told: tuple[str, ...] = ()

    def __repr__(self) -> str:
        (n,) = self.table.loc[self.table["dataset"] == "all", "n_videos"].unique()
        of = f"{several(len(self.oracles), 'oracle')}, {self.joint:,} of {several(int(n), 'video')} by all"
        return f"Flow({of}; {several(len(self.files), 'file')})"

    @property
    def joint(self) -> int:
        """Number of videos that every oracle recognised."""
        pooled = self.table[(self.table["dataset"] == "all") & (self.table["kind"] == "all_of")]
        return int(pooled["n"].iloc[-1])


def flow_of(
    con: DuckDBPyConnection,
    scores: DuckDBPyRelation | None,
    videos: DuckDBPyRelation | None,
    prechecks: DuckDBPyRelation | None,
    options: PrecheckOptions,
) -> Flow:
    """Count the videos of tables that pass; without a videos table, those that the others speak of.

    Raises
    ------
    StudyError, UnknownNameError
        As `compared`.
    """
    oracles = compared(scores, prechecks, options.oracles, options.run)
    if videos is None:
        named = [rows.select("dataset", "video_id") for rows in (scores, prechecks) if rows is not None]
        every = reduce(lambda some, more: some.union(more), named).distinct()
        videos = every.project(f"*, {cluster_of(None, options.cluster)} as cluster")
    how = {name: getattr(options, name) for name in ("run", "cluster", "level")}
    table = flow(con, prechecks, videos, oracles, **how)
    return Flow(table, oracles, replace(options, oracles=oracles))
