"""Agreement video by video: what per-video figures draw."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from crossoracle.agreement.coefficient import Levels
from crossoracle.agreement.correlation import WITHIN
from crossoracle.agreement.overlap import SETS
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.tallying import Counts, Key, count


def per_video(ratings: Ratings, counts: Counts) -> pd.DataFrame:
    """Return the per_video table: the mean over pairs of each video's own coefficient, where a pair has one.

    Statistics are ``spearman_within_all`` and ``jaccard_all``; videos without a value have no row. What
    ``counts`` holds of them is not counted again.
    """
    pairs = list(combinations(range(len(ratings.oracles)), 2))
    rated = np.asarray((~np.isnan(ratings.score)).any(axis=0))
    n_oracles = np.stack([ratings.per_video(~np.isnan(row)) > 0 for row in ratings.score]).sum(axis=0)
    frames = []
    for name, tally, column in (("spearman_within_all", WITHIN, 2), ("jaccard_all", SETS, 1)):
        keys = [Key(tally, pair, Levels()) for pair in pairs]
        known = {**counts.by_key, **count(ratings, [k for k in keys if k not in counts.by_key]).by_key}
        columns = np.sum([np.asarray(known[key].columns) for key in keys], axis=0)
        some = columns[0] > 0
        frame = {
            "dataset": np.array(ratings.datasets, dtype=object)[ratings.dataset[some]],
            "video_id": ratings.video_id[some],
            "statistic": name,
            "value": columns[column, some] / columns[0, some],
            "n_segments": ratings.per_video(rated)[some],
            "n_oracles": n_oracles[some],
        }
        frames.append(pd.DataFrame(frame))
    return pd.concat(frames, ignore_index=True)
