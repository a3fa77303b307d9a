"""The population: every video of a study with its ratings, who passed it, and what is known beforehand.

Videos that no oracle scored are in it too. Their segments are counted from their duration, or taken to be as
many as in the median video of their dataset: only bounds and the category "not passed" count them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossoracle.agreement.loading import prepare
from crossoracle.agreement.ratings import Ratings
from crossoracle.precheck import cluster_of, passed
from crossoracle.precheck.counting import EVERY_SUBSET
from crossoracle.tables.wording import several

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Oracles = tuple[int, ...]  # positions in the oracles of the ratings


@dataclass(frozen=True)
class Population:
    """Ratings of all videos, and what selects among them.

    Attributes
    ----------
    ratings : Ratings
        By the rule "all", prechecks ignored; a video that nobody scored has segments without scores.
    passes : array, shape (videos, oracles)
        Who recognised the action.
    covariates : mapping of str to array, shape (videos,)
        What is known of every video before an oracle sees it, such as "duration" (s) and "segments".
    notes : tuple of str
        What was left out of that, and why.
    """

    ratings: Ratings
    passes: Mask
    covariates: dict[str, Floats]
    notes: tuple[str, ...] = ()

    def joint(self, oracles: Oracles) -> Mask:
        """Return the videos that all of these oracles passed, (videos,)."""
        return np.asarray(self.passes[:, list(oracles)].all(axis=1))

    def named(self, oracles: Oracles) -> str:
        """Return the names of some oracles, joined as in the flow table."""
        return " & ".join(self.ratings.oracles[g] for g in oracles)


def subsets(oracles: int) -> list[Oracles]:
    """Return the sets of at least two oracles, small ones first; beyond six: pairs, all but one, and all."""
    sizes = range(2, oracles + 1) if oracles <= EVERY_SUBSET else (2, oracles - 1, oracles)
    return [found for size in sizes for found in combinations(range(oracles), size)]


def restricted(ratings: Ratings, oracles: Oracles, videos: Mask) -> Ratings:
    """Return the ratings of some oracles on some videos; clusters keep their place among all clusters."""
    some, g = np.flatnonzero(np.repeat(videos, ratings.length)), np.array(oracles, dtype=np.int64)
    aligned = ratings.aligned
    return replace(
        ratings,
        oracles=tuple(ratings.oracles[i] for i in oracles),
        runs=tuple(ratings.runs[i] for i in oracles),
        score=ratings.score[np.ix_(g, some)],
        kept=ratings.kept[np.ix_(g, some)],
        offset=np.concatenate([[0], np.cumsum(ratings.length[videos])]).astype(np.int64),
        dataset=ratings.dataset[videos],
        video_id=ratings.video_id[videos],
        label=ratings.label[videos],
        cluster=ratings.cluster[videos],
        aligned=None if aligned is None else aligned[videos][:, g][:, :, g],
    )


def load_population(
    con: duckdb.DuckDBPyConnection,
    scores: duckdb.DuckDBPyRelation,
    videos: duckdb.DuckDBPyRelation | None,
    prechecks: duckdb.DuckDBPyRelation | None,
    *,
    oracles: Sequence[str] = (),
    run: str = "0",
    cluster: str = "cluster",
) -> Population:
    """Bring the scores of all videos into memory, and who passed them.

    The arguments are those of `agreement.loading.prepare`, which says what it raises. Without a videos table
    the videos are those that scores and prechecks speak of.
    """
    how: dict[str, Any] = {"oracles": oracles, "run": run, "cluster": cluster}
    rated = prepare(con, scores, videos, prechecks, on="all", **how).ratings()
    known = _known(con, rated, videos, prechecks, cluster)
    place = known["i"].to_numpy(dtype=float, na_value=np.nan)
    duration = known["duration_s"].to_numpy(dtype=float, na_value=np.nan)
    ratings, guessed = _extended(rated, known, place, duration)
    covariates, notes = _covariates(ratings, np.isnan(place), duration)
    more = (
        f"{several(guessed, 'video')} without any score: segments counted from the duration, or the median",
    )
    passes = _passes(con, prechecks, ratings, run)
    return Population(ratings, passes, covariates, (*rated.notes, *notes, *(more if guessed else ())))


def _known(
    con: duckdb.DuckDBPyConnection,
    rated: Ratings,
    videos: duckdb.DuckDBPyRelation | None,
    prechecks: duckdb.DuckDBPyRelation | None,
    cluster: str,
) -> pd.DataFrame:
    """Return every video in order, with the place ``i`` of its ratings, and number the clusters."""
    names = np.array(rated.datasets, dtype=object)[rated.dataset]
    frame = pd.DataFrame({"dataset": names, "video_id": rated.video_id, "i": np.arange(rated.videos)})
    frame = frame.astype({"dataset": "str", "video_id": "str"})
    con.register("rated_videos", frame)
    if videos is None:
        own = con.sql("select dataset, video_id from rated_videos")
        every = own if prechecks is None else own.union(prechecks.select("dataset", "video_id"))
        unknown = "null::varchar as label, null::double as duration_s, video_id as cluster"
        every.distinct().project(f"dataset, video_id, {unknown}").create_view("every", replace=True)
    else:
        duration = "duration_s" if "duration_s" in videos.columns else "null::double as duration_s"
        columns = f"dataset, video_id, label, {duration}, {cluster_of(videos, cluster)} as cluster"
        videos.project(columns).create_view("every", replace=True)
    con.execute(
        """create or replace temp table population as
        select dataset, video_id, label, duration_s, i, dense_rank() over (
            partition by dataset order by coalesce(cluster, video_id)) - 1 as cluster,
            (row_number() over (order by dataset, video_id) - 1)::bigint as v
        from every full join rated_videos using (dataset, video_id)"""
    )
    con.unregister("rated_videos")
    found: pd.DataFrame = con.sql("select * from population order by v").df()
    return found


def _extended(rated: Ratings, known: pd.DataFrame, place: Floats, duration: Floats) -> tuple[Ratings, int]:
    """Return ratings with the videos that have no scores, and how many those are."""
    there = ~np.isnan(place)
    of = place[there].astype(int)
    datasets, dataset = np.unique(known["dataset"].to_numpy(dtype=object).astype(str), return_inverse=True)
    length = np.zeros(len(known), dtype=np.int64)
    length[there] = rated.length[of]
    for d in range(len(datasets)):
        _guess(length, there, duration, np.asarray(dataset == d))
    offset = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    score = np.full((len(rated.oracles), offset[-1]), np.nan)
    kept = np.full(score.shape, -1, dtype=np.int8)
    own = np.repeat(there, length)
    score[:, own], kept[:, own] = rated.score, rated.kept  # both stand in the order of dataset and video
    aligned = None
    if rated.aligned is not None:
        aligned = np.ones((len(known), *rated.aligned.shape[1:]), dtype=bool)
        aligned[there] = rated.aligned[of]
    ratings = replace(
        rated,
        score=score,
        kept=kept,
        offset=offset,
        datasets=tuple(map(str, datasets)),
        dataset=dataset.astype(np.int64),
        video_id=known["video_id"].to_numpy(dtype=object),
        label=known["label"].to_numpy(dtype=object),
        cluster=known["cluster"].to_numpy(dtype=np.int64),
        aligned=aligned,
    )
    return ratings, int(np.count_nonzero(~there))


def _guess(length: NDArray[np.int64], there: Mask, duration: Floats, here: Mask) -> None:
    """Fill in how many segments the videos of a dataset have that nobody scored."""
    unscored, like = here & ~there, here & there
    like = like if like.any() else there
    length[unscored] = max(1, round(float(np.median(length[like])))) if like.any() else 1
    step = duration[like] / length[like]
    step = step[np.isfinite(step) & (step > 0)]
    timed = unscored & np.isfinite(duration)
    if len(step):
        length[timed] = np.maximum(1, np.round(duration[timed] / np.median(step)))


def _covariates(ratings: Ratings, unscored: Mask, duration: Floats) -> tuple[dict[str, Floats], list[str]]:
    """Return what is known of every video; what is known of some only would tell who was scored."""
    found, notes = {}, []
    missing = int(np.count_nonzero(~(duration > 0)))
    if not missing:
        found["duration"] = duration
    elif missing < len(duration):
        notes.append(f"duration is no covariate: unknown for {several(missing, 'video')}")
    if not unscored.any():
        found["segments"] = ratings.length.astype(float)
    else:
        few = several(int(unscored.sum()), "video")
        notes.append(f"the number of segments is no covariate: nobody scored {few}")
    return found, notes


def _passes(
    con: duckdb.DuckDBPyConnection,
    prechecks: duckdb.DuckDBPyRelation | None,
    ratings: Ratings,
    run: str,
) -> Mask:
    everyone = con.sql("select dataset, video_id from population")
    passed(con, prechecks, everyone, ratings.oracles, run).create_view("passed_by", replace=True)
    found = con.sql(
        "select p.v, b.oracle from passed_by b join population p using (dataset, video_id)"
    ).fetchnumpy()
    passes = np.zeros((ratings.videos, len(ratings.oracles)), dtype=bool)
    names = {name: g for g, name in enumerate(ratings.oracles)}
    g = np.array([names[name] for name in found["oracle"]], dtype=np.int64)
    passes[np.asarray(found["v"], dtype=np.int64), g] = True
    return passes
