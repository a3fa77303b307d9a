"""What another subset would have shown: parts of the clusters, drawn again and again without replacement.

References
----------
Politis, Romano & Wolf (1999), *Subsampling*, chapter 2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import Coefficient
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.sample import point, replicate
from crossoracle.analysis.selection.reweighted import tallied
from crossoracle.results import NAN
from crossoracle.stats.resampling import GivenWeights

Floats = NDArray[np.float64]
SHARES = (0.25, 0.5, 0.75)
DRAWS = 400
HELD = 1 << 27  # numbers that all draws of one share may take; fewer draws beyond


@dataclass(frozen=True)
class Subset:
    """One row of the diagnostics_subsets table, field for column."""

    statistic: str
    oracle_a: str | None
    oracle_b: str | None
    share: float
    draws: int
    n_clusters: int
    value: float
    mean: float
    sd: float
    low: float
    high: float
    same_rank: float
    n_undefined: int


def subsets(ratings: Ratings, coefficients: Sequence[Coefficient], seed: int = 0) -> list[Subset]:
    """Estimate each headline again on random parts of the clusters.

    Parameters
    ----------
    ratings : Ratings
        With at least one video. The same share of each dataset's clusters is drawn, at least one.

    Returns
    -------
    list of Subset
        ``low`` and ``high`` are the 2.5 and 97.5 % quantiles of the values of all draws; ``same_rank`` is
        how often a pair has the rank among all pairs that it has on all clusters.
    """
    study = tallied(ratings, coefficients)
    where, n = study.slices[0], sum(ratings.clusters.values())
    values = point(study, where)
    found = []
    for share in SHARES:
        draws = min(DRAWS, max(1, HELD // max(n, 1)))
        weights = {name: _drawn(name, c, share, draws, seed) for name, c in ratings.clusters.items()}
        drawn = replicate(study, GivenWeights(weights), list(study.by_key), draws)
        clusters = sum(int(w[0].sum()) for w in weights.values())
        for c in coefficients:
            rows = [row for row in study.keys if row.coefficient.name == (c.mean_of or c.name)]
            whole = np.array([values.get(row, NAN) for row in rows])
            parts = np.stack([drawn[row][0] if row in drawn else np.full(draws, NAN) for row in rows])
            if c.mean_of:
                whole, parts = whole.mean(keepdims=True), parts.mean(axis=0, keepdims=True)
            same = np.mean(_ranks(parts) == _ranks(whole[:, None]), axis=1)
            for i, row in enumerate(rows[:1] if c.mean_of else rows):
                a, b = (ratings.oracles[g] for g in row.oracles) if c.of == "pair" else (None, None)
                rank = float(same[i]) if len(whole) > 1 and np.isfinite(whole).all() else NAN
                found.append(
                    _summed(
                        Subset(c.name, a, b, share, draws, clusters, float(whole[i]), *(NAN,) * 4, rank, 0),
                        parts[i],
                    )
                )
    return found


def _drawn(name: str, clusters: int, share: float, draws: int, seed: int) -> Floats:
    """Return weights (draws, clusters): 1 for a share of the clusters, drawn without replacement."""
    key = np.frombuffer(hashlib.sha256(f"subsets of {name}, {share}".encode()).digest()[:16], dtype="<u4")
    rng = np.random.default_rng([seed, *key.tolist()])
    order = np.argsort(rng.random((draws, clusters)), axis=1)
    return np.asarray(order < max(1, round(share * clusters)), dtype=float)


def _ranks(values: Floats) -> NDArray[np.int64]:
    return np.asarray(np.argsort(np.argsort(-values, axis=0, kind="stable"), axis=0, kind="stable"))


def _summed(known: Subset, values: Floats) -> Subset:
    """Fill in what the draws show; undefined ones are counted."""
    defined = values[np.isfinite(values)]
    n = len(values) - len(defined)
    if not len(defined):
        return replace(known, n_undefined=n)
    low, high = np.quantile(defined, [0.025, 0.975]).tolist()
    sd = float(defined.std(ddof=1)) if len(defined) > 1 else NAN
    return replace(known, mean=float(defined.mean()), sd=sd, low=low, high=high, n_undefined=n)
