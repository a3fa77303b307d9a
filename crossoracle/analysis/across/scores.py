"""How much oracles disagree on each video that has predictions, from their scores."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crossoracle.agreement.coefficient import Levels
from crossoracle.agreement.loading import prepare
from crossoracle.agreement.per_video import STATISTICS, per_video
from crossoracle.agreement.tallying import Key, count
from crossoracle.analysis.predictions import Floats, Predictions
from crossoracle.errors import InputError
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    from crossoracle.analysis.summary import Tables
    from crossoracle.options import CompareOptions


FEWEST = 2  # oracles that can disagree


def disagreement(
    con: DuckDBPyConnection, tables: Tables, p: Predictions, options: CompareOptions
) -> tuple[dict[str, Floats], tuple[str, ...]]:
    """Return 1 - agreement of each video (videos,) by statistic, NaN where unknown, and what is not known.

    Ratings are those of `agree` with its defaults: videos that every oracle recognised where there are
    prechecks, of the run that is compared (run 0 where there are several).
    """
    if tables.scores is None:
        return {}, ("disagreement is not set against accuracy: there are no scores",)
    run = options.runs[0] if len(options.runs) == 1 else "0"
    con.execute("create or replace temp table predicted as select distinct dataset, video_id from asked")
    tables.scores.create_view("every_score", replace=True)
    scores = con.sql("select * from every_score semi join predicted using (dataset, video_id)")
    oracles = _scored(scores, options.oracles)
    if options.oracles and len(oracles) < FEWEST:
        found = f"{len(oracles)} of {several(len(options.oracles), 'oracle')} with scores"
        return {}, (f"disagreement is not set against accuracy: found {found}, expected at least {FEWEST}",)
    try:
        ratings = prepare(
            con, scores, tables.videos, tables.prechecks, oracles=oracles, run=run, cluster=options.cluster
        ).ratings()
    except InputError as error:
        return {}, (f"disagreement is not set against accuracy: {error}",)
    pairs = list(combinations(range(len(ratings.oracles)), 2))
    counts = count(ratings, [Key(tally, pair, Levels()) for _, tally, _ in STATISTICS for pair in pairs])
    return _placed(p, per_video(ratings, counts.by_key)), ()


def _scored(scores: DuckDBPyRelation, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the wanted oracles that have scores; all of them where none is wanted."""
    known = {name for (name,) in scores.select("oracle").distinct().fetchall()}
    return tuple(name for name in wanted if name in known)


def _placed(p: Predictions, rows: pd.DataFrame) -> dict[str, Floats]:
    """Put the rows of a per_video table in the places of the videos."""
    names = np.array(p.datasets, dtype=object)[p.dataset]
    index = pd.MultiIndex.from_arrays([names, p.video_id])
    found: dict[str, Floats] = {}
    for statistic, some in rows.groupby("statistic", sort=True):
        at = index.get_indexer(pd.MultiIndex.from_arrays([some["dataset"], some["video_id"]]))
        values = np.full(p.videos, np.nan)
        values[at[at >= 0]] = 1 - some["value"].to_numpy()[at >= 0]
        found[str(statistic)] = values
    return found
