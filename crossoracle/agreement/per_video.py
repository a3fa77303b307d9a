"""Agreement video by video: what per-video figures draw."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from crossoracle.agreement.coefficient import Counted, Levels
from crossoracle.agreement.correlation import WITHIN
from crossoracle.agreement.overlap import SETS
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.tallying import Key

STATISTICS = (("spearman_within_all", WITHIN, 2), ("jaccard_all", SETS, 1))  # name, tally, its column


def per_video(ratings: Ratings, counted: Mapping[Key, Counted]) -> pd.DataFrame:
    """Return the per_video table: the mean over pairs of each video's own coefficient, where a pair has one.

    Statistics are ``spearman_within_all`` and ``jaccard_all``, each where its tally has been counted for all
    pairs; videos without a value have no row.
    """
    pairs = list(combinations(range(len(ratings.oracles)), 2))
    n_segments = ratings.per_video(np.asarray((~np.isnan(ratings.score)).any(axis=0)))
    n_oracles = np.stack([ratings.per_video(~np.isnan(row)) > 0 for row in ratings.score]).sum(axis=0)
    frames = []
    for name, tally, column in STATISTICS:
        keys = [Key(tally, pair, Levels()) for pair in pairs]
        known = [np.asarray(counted[key].columns) for key in keys if key in counted]
        sums = np.sum(known, axis=0) if len(known) == len(keys) else np.zeros((3, ratings.videos))
        some = sums[0] > 0
        frame = {
            "dataset": np.array(ratings.datasets, dtype=object)[ratings.dataset[some]],
            "video_id": ratings.video_id[some],
            "statistic": name,
            "value": sums[column, some] / sums[0, some],
            "n_segments": n_segments[some],
            "n_oracles": n_oracles[some],
        }
        frames.append(pd.DataFrame(frame))
    return pd.concat(frames, ignore_index=True)
