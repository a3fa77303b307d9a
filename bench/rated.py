"""The published process that rated videos are drawn from in the coverage study.

A video has 8 to 32 segments (uniform), an effect of its own, an effect on each oracle, and a reliability of
its own, so that segments of one video are not independent and videos differ in how well they are judged:

    score = 0.5 + 0.12 u + 0.06 w + 0.25 (sqrt(rho) t + sqrt(1 - rho) e) + shift

with u normal per video, w normal per video and oracle, rho ~ Beta(2, 2) per video, t normal per segment, e
normal per segment and oracle, and shift = 0.02 times the number of the oracle, from 0; rounded to hundredths
and cut to [0, 1]. An oracle keeps the segments that it scores at least 0.6. One rating in twenty is missing.

`TRUTH` holds what each statistic tends to as the videos become many: the mean of 20 draws of 200,000 videos
(``python -m bench.coverage --truth``), whose standard errors are below `TRUTH_ERROR`.
"""

from __future__ import annotations

import numpy as np

from crossoracle.agreement.ratings import Ratings

SHORTEST, LONGEST = 8, 32
KEPT_AT = 0.6
MISSING = 0.05
TRUTH = {
    "cohen_kappa": 0.389428,
    "alpha_interval": 0.556586,
    "spearman_within": 0.460688,
    "mean_difference": -0.018432,
}
TRUTH_ERROR = 0.0002


def draw(videos: int, *, oracles: int = 3, missing: float = MISSING, rng: np.random.Generator) -> Ratings:
    """Draw rated videos of one dataset, each a cluster of its own.

    Parameters
    ----------
    videos, oracles : int
    missing : float
        Share of ratings that are missing, at random.
    rng : numpy.random.Generator
    """
    length = rng.integers(SHORTEST, LONGEST + 1, size=videos)
    offset = np.concatenate([[0], np.cumsum(length)])
    effects = 0.12 * rng.standard_normal(videos) + 0.06 * rng.standard_normal((oracles, videos))
    rho = np.repeat(rng.beta(2, 2, size=videos), length)
    truth, noise = rng.standard_normal(offset[-1]), rng.standard_normal((oracles, offset[-1]))
    score = (
        0.5 + np.repeat(effects, length, axis=1) + 0.25 * (np.sqrt(rho) * truth + np.sqrt(1 - rho) * noise)
    )
    score = np.clip(np.round(score + 0.02 * np.arange(oracles)[:, None], 2), 0, 1)
    kept = (score >= KEPT_AT).astype(np.int8)
    silent = rng.random(score.shape) < missing
    score[silent], kept[silent] = np.nan, -1
    return rate(score, kept, offset)


def rate(score: np.ndarray, kept: np.ndarray, offset: np.ndarray) -> Ratings:
    """Return ratings of one dataset from arrays (oracles, segments), each video a cluster of its own."""
    videos = len(offset) - 1
    names = tuple(f"oracle-{g + 1}" for g in range(len(score)))
    return Ratings(
        oracles=names,
        runs=("0",) * len(names),
        score=score,
        kept=kept,
        offset=offset.astype(np.int64),
        datasets=("simulated",),
        dataset=np.zeros(videos, dtype=np.int64),
        video_id=np.arange(videos).astype(object),
        label=np.full(videos, None, dtype=object),
        cluster=np.arange(videos),
    )


def by_segment(ratings: Ratings) -> Ratings:
    """Return the same ratings with every segment a video of its own: what an unclustered bootstrap sees."""
    return rate(ratings.score, ratings.kept, np.arange(ratings.score.shape[1] + 1))
