"""Rates, clustered means and paired differences.

References
----------
Wilson (1927), *J. Amer. Statist. Assoc.* 22:209-212; Liang & Zeger (1986), *Biometrika* 73:13-22 (clustered
standard errors); Miller (2024), arXiv:2411.00640, appendix A; Fisher (1935), *The Design of Experiments*
(sign flips).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from crossoracle.results import NAN, Interval

Floats = NDArray[np.float64]
EXACT = 20  # clusters up to which every sign flip is enumerated


def wilson(successes: float, n: float, level: float = 0.95) -> Interval:
    """Return Wilson's score interval of a rate.

    Undefined when n is 0. ``n`` need not be an integer: an effective sample size may be given.

    Examples
    --------
    Newcombe (1998), 81 of 263:

    >>> print(wilson(81, 263))
    [0.255, 0.366]
    """
    from statsmodels.stats.proportion import proportion_confint

    if n <= 0:
        return Interval(level=level, kind="wilson", reason="no videos")
    low, high = proportion_confint(successes, n, alpha=1 - level, method="wilson")
    return Interval(float(low), float(high), level, "wilson", 0.0, 0.0)


def disattenuated(r: float, reliability_x: float, reliability_y: float) -> float:
    """Return r / sqrt(reliability_x reliability_y), not clipped (Spearman 1904).

    Undefined when the product of the reliabilities is not positive.
    """
    product = reliability_x * reliability_y
    return r / product**0.5 if product > 0 else NAN


@dataclass(frozen=True)
class ClusteredMean:
    """A mean with its cluster-robust standard error (CR0), and the one with the factor sqrt(C / (C - 1))."""

    value: float
    se_cr0: float
    se: float
    clusters: int


def clustered_mean(values: Floats, clusters: NDArray[np.integer] | NDArray[np.str_]) -> ClusteredMean:
    """Return the mean of ``values`` (n,) with standard errors clustered by ``clusters`` (n,).

    se_cr0 = sqrt(sum over clusters of (sum of deviations)^2) / n. Undefined (NaN) standard error with one
    cluster; undefined mean with no value.
    """
    _, code = np.unique(clusters, return_inverse=True)
    if len(values) == 0:
        return ClusteredMean(NAN, NAN, NAN, 0)
    mean = float(np.mean(values))
    c = int(code.max()) + 1
    cr0 = float(np.sqrt((np.bincount(code, values - mean) ** 2).sum()) / len(values))
    return ClusteredMean(mean, cr0, cr0 * np.sqrt(c / (c - 1)) if c > 1 else NAN, c)


def sign_flip(sums: Floats, *, draws: int = 9999, rng: np.random.Generator | None = None) -> float:
    """Return the two-sided p-value of the cluster sign-flip test that the sum is 0.

    Parameters
    ----------
    sums : array, shape (clusters,)
        Sum of paired differences in each cluster.
    draws, rng
        Random flips and their generator, used above 20 clusters (with the +1 rule); up to 20 every flip is
        enumerated and the p-value is exact.

    Examples
    --------
    Darwin's maize, 15 pairs (Fisher 1935): 1,726 of the 32,768 flips are at least as extreme.

    >>> d = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48.0])
    >>> sign_flip(d) * 2**15
    1726.0
    """
    sums = np.asarray(sums, dtype=float)
    sums = sums[sums != 0]
    if len(sums) == 0:
        return 1.0
    observed = abs(float(sums.sum())) * (1 - 1e-12)
    if len(sums) <= EXACT:
        signs = 1 - 2 * ((np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums))) & 1)
        return float(np.mean(np.abs(signs @ sums) >= observed))
    rng = rng if rng is not None else np.random.default_rng(0)
    edges = [*range(0, draws, 512), draws]
    extreme = sum(
        np.count_nonzero(np.abs(rng.choice([-1.0, 1.0], size=(b - a, len(sums))) @ sums) >= observed)
        for a, b in pairwise(edges)
    )
    return (extreme + 1) / (draws + 1)
