"""Agreement video by video: what per-video figures draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import Counted, Levels, StackTally
from crossoracle.agreement.correlation import WITHIN
from crossoracle.agreement.overlap import SETS
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.tallying import Key

Counts = NDArray[np.int64]
STATISTICS = (("spearman_within_all", WITHIN, 2), ("jaccard_all", SETS, 1))  # name, tally, its column


def per_video(ratings: Ratings, counted: Mapping[Key, Counted]) -> pd.DataFrame:
    """Return the per_video table: the mean over pairs of each video's own coefficient, where a pair has one.

    Statistics are ``spearman_within_all`` and ``jaccard_all``, each where its tally has been counted for all
    pairs; videos without a value have no row. ``n_pairs``, ``n_oracles`` and ``n_segments`` count the pairs
    that have a value, the oracles in them, and the segments that both oracles of any of them rated.
    """
    pairs = list(combinations(range(len(ratings.oracles)), 2))
    frames = []
    for name, tally, column in STATISTICS:
        known = _known(counted, tally, pairs)
        columns = [np.asarray(c.columns) for c in known]
        sums = np.sum(columns, axis=0) if known else np.zeros((3, ratings.videos))
        some = sums[0] > 0
        rated = ratings.kept >= 0 if tally is SETS else ~np.isnan(ratings.score)
        counts = _entered(ratings, rated, dict(zip(pairs, (c.segments > 0 for c in known), strict=False)))
        frame = {
            "dataset": np.array(ratings.datasets, dtype=object)[ratings.dataset[some]],
            "video_id": ratings.video_id[some],
            "statistic": name,
            "value": sums[column, some] / sums[0, some],
        }
        frames.append(pd.DataFrame(frame | {what: n[some] for what, n in counts.items()}))
    return pd.concat(frames, ignore_index=True)


def _known(
    counted: Mapping[Key, Counted], tally: StackTally, pairs: Sequence[tuple[int, int]]
) -> list[Counted]:
    """Return what was counted of every pair, or nothing where a pair is missing."""
    keys = [Key(tally, pair, Levels()) for pair in pairs]
    return [counted[key] for key in keys] if all(key in counted for key in keys) else []


def _entered(
    ratings: Ratings, rated: NDArray[np.bool_], enters: Mapping[tuple[int, int], NDArray[np.bool_]]
) -> dict[str, Counts]:
    """Count what entered the value of each video, (videos,); ``enters`` says which videos each pair has."""
    n_pairs = np.zeros(ratings.videos, dtype=np.int64)
    inside = np.zeros((len(ratings.oracles), ratings.videos), dtype=bool)
    segments, video = np.zeros(rated.shape[1], dtype=bool), ratings.video_of_segment()
    for (a, b), here in enters.items():
        n_pairs += here
        inside[[a, b]] |= here
        segments |= rated[a] & rated[b] & here[video]
    return {
        "n_segments": ratings.per_video(segments),
        "n_oracles": inside.sum(axis=0),
        "n_pairs": n_pairs,
    }
