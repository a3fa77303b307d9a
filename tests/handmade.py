"""Ratings made by hand or at random: what tests of statistics need, without tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.run import Options, agree
from crossoracle.results import Estimate

EVERYTHING = tuple(COEFFICIENTS)


def rate(
    score: Any,
    length: Sequence[int] | None = None,
    *,
    kept: Any = None,
    dataset: Sequence[str] | None = None,
    cluster: Sequence[object] | None = None,
    oracles: Sequence[str] | None = None,
    aligned: Any = None,
) -> Ratings:
    """Return ratings from scores (oracles, segments), None or NaN where missing.

    ``length`` is the number of segments of each video, 1 by default; ``kept`` is shaped like the scores, with
    -1 where missing (everywhere by default); ``dataset`` (sorted) and ``cluster`` have one entry per video.
    """
    score = np.array(score, dtype=float)
    length = np.ones(score.shape[1], dtype=int) if length is None else np.asarray(length, dtype=int)
    n = len(length)
    flags = np.full(score.shape, -1, dtype=np.int8) if kept is None else np.array(kept, dtype=np.int8)
    dataset = ["d"] * n if dataset is None else list(dataset)
    datasets, of = np.unique(np.array(dataset, dtype=str), return_inverse=True)
    names = np.arange(n) if cluster is None else np.asarray(cluster)
    position = np.zeros(n, dtype=np.int64)
    for d in range(len(datasets)):
        position[of == d] = np.unique(names[of == d], return_inverse=True)[1]
    oracles = tuple(oracles or (f"o{g}" for g in range(len(score))))
    return Ratings(
        oracles=oracles,
        runs=("0",) * len(oracles),
        score=score,
        kept=flags,
        offset=np.concatenate([[0], np.cumsum(length)]).astype(np.int64),
        datasets=tuple(map(str, datasets)),
        dataset=of.astype(np.int64),
        video_id=np.array([f"v{i:05}" for i in range(n)], dtype=object),
        label=np.array([None] * n, dtype=object),
        cluster=position,
        aligned=None if aligned is None else np.array(aligned, dtype=bool),
    )


def estimates(ratings: Ratings, *names: str, **options: Any) -> dict[tuple[str, str, str], Estimate]:
    """Return every pooled estimate by (statistic, oracle_a, oracle_b); empty names for all oracles."""
    options = {"replicates": 2, "threads": 1, "by": "none"} | options
    rows = agree(ratings, Options(coefficients=names or EVERYTHING, **options)).estimates.select(
        dataset="all"
    )
    return {(e.statistic, e.oracle_a or "", e.oracle_b or ""): e for e in rows}


def values(ratings: Ratings, *names: str, **options: Any) -> dict[tuple[str, str, str], float]:
    """Return every pooled value by (statistic, oracle_a, oracle_b)."""
    return {key: e.value for key, e in estimates(ratings, *names, **options).items()}


def subset(ratings: Ratings, videos: Any) -> Ratings:
    """Return the ratings of some videos (positions, not decreasing), each a cluster of its own."""
    videos = np.asarray(videos, dtype=int)
    where = [np.arange(ratings.offset[v], ratings.offset[v + 1]) for v in videos]
    segments = np.concatenate(where) if len(where) else np.arange(0)
    chosen = rate(
        ratings.score[:, segments],
        ratings.length[videos],
        kept=ratings.kept[:, segments],
        dataset=[ratings.datasets[d] for d in ratings.dataset[videos]],
        oracles=ratings.oracles,
    )
    return replace(chosen, video_id=ratings.video_id[videos])


def random_ratings(
    rng: np.random.Generator,
    *,
    oracles: int = 3,
    videos: int = 9,
    longest: int = 8,
    levels: int | None = 5,
    missing: float = 0.15,
    datasets: int = 2,
    per_cluster: int = 1,
) -> Ratings:
    """Return ratings that agree somewhat: ragged, with ties (``levels`` equal steps; None for no ties)."""
    length = rng.integers(1, longest + 1, videos)
    n = int(length.sum())
    score = np.clip(0.4 * rng.random(n) + 0.6 * rng.random((oracles, n)), 0, 1)
    if levels is not None:
        score = np.round(score * (levels - 1)) / (levels - 1)
    kept = (score + 0.3 * rng.standard_normal(score.shape) > 0.5).astype(int)
    score[rng.random(score.shape) < missing] = np.nan
    kept[rng.random(kept.shape) < missing] = -1
    dataset = np.sort(rng.integers(0, datasets, videos)).astype(str)
    return rate(score, length, kept=kept, dataset=dataset, cluster=np.arange(videos) // per_cluster)


def repeated(ratings: Ratings, times: Any) -> Ratings:
    """Return ratings in which each video stands as often as said, every copy a cluster of its own."""
    return subset(ratings, np.repeat(np.arange(ratings.videos), times))


def table(ratings: Ratings) -> pd.DataFrame:
    """Return the scores table of the ratings, one row per segment and oracle."""
    oracle, segment = np.indices(ratings.score.shape)
    video = ratings.video_of_segment()[segment]
    place = segment - ratings.offset[video]
    columns = {
        "dataset": np.array(ratings.datasets)[ratings.dataset[video]],
        "video_id": ratings.video_id[video],
        "oracle": np.array(ratings.oracles)[oracle],
        "segment": place,
        "start_s": 0.5 * place,
        "end_s": 0.5 * place + 0.5,
        "score": ratings.score,
        "kept": np.array([None, False, True], dtype=object)[ratings.kept + 1],
    }
    return pd.DataFrame({name: np.ravel(column) for name, column in columns.items()})
