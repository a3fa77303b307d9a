"""The published process of repeated runs, for how often a verdict of non-inferiority is a false claim.

Videos of 8 to 12 segments, one cluster each; two arms of three runs. Every run sees the truth of a segment,
which videos share in part, with noise of its own; the runs of "direct" also share a bias by segment, so that
"direct" agrees less with "greedy" than "greedy" does with itself. Scores are in hundredths, kept from 0.5.
"""

from __future__ import annotations

import numpy as np

from bench.rated import rate
from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.progress import say_nothing
from crossoracle.analysis.floors.averaging import Averaged, average
from crossoracle.analysis.floors.sampling import Sampler
from crossoracle.stats.resampling import cluster_weights

GREEDY, DIRECT = "greedy", "direct"
RATERS = {DIRECT: (0, 1, 2), GREEDY: (3, 4, 5)}
NOISE, BIAS = 0.5, 0.6
STATISTICS = ("spearman_within", "kappa_quadratic", "cohen_kappa", "mean_abs_difference")
Both = dict[str, tuple[Averaged, Averaged]]  # statistic -> cross-agreement, and self-agreement of greedy


def averages(videos: int, replicates: int, *, rng: np.random.Generator, seed: int = 0) -> Both:
    """Draw a study of so many videos and return its agreements."""
    length = rng.integers(8, 13, videos)
    n = int(length.sum())
    truth = rng.normal(size=n) + np.repeat(rng.normal(scale=0.3, size=videos), length)
    bias = np.repeat([BIAS * rng.normal(size=n), np.zeros(n)], 3, axis=0)
    score = np.round(1 / (1 + np.exp(-1.5 * (truth + bias + NOISE * rng.normal(size=(6, n))))), 2)
    offset = np.concatenate([[0], np.cumsum(length)])
    ratings = rate(score, (score >= 0.5).astype(np.int8), offset)
    sampler = Sampler(
        ratings, np.arange(videos), cluster_weights(ratings.clusters, replicates, seed), replicates, threads=1
    )
    wanted = [COEFFICIENTS[name] for name in STATISTICS]
    return {
        pairs.coefficient.name: (
            average(pairs, RATERS, DIRECT, GREEDY),
            average(pairs, RATERS, GREEDY, GREEDY),
        )
        for pairs in sampler.pairs(wanted, say_nothing)
    }


def truth(studies: int = 400, videos: int = 2500, seed: int = 1) -> dict[str, tuple[float, float]]:
    """Return cross-agreement and self-agreement of each statistic: means over large studies."""
    some = [averages(videos, 1, rng=np.random.default_rng([seed, i])) for i in range(studies)]
    return {
        name: (
            float(np.mean([one[name][0].value for one in some])),
            float(np.mean([one[name][1].value for one in some])),
        )
        for name in STATISTICS
    }
