"""Are k dependent estimates equal? Hotelling's T^2 with the joint cluster covariance.

Estimates that share videos are dependent; a heterogeneity test for independent ones (Cochran's
meta-analytic Q) hardly ever rejects on them.

References
----------
Hotelling (1931), *Ann. Math. Statist.* 2:360-378; Rencher & Christensen (2012), section 5.9 (contrasts of
repeated measures).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc

from crossoracle.stats.intervals import Jackknife

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Equality:
    """F = T^2 (C - k + 1) / ((C - 1)(k - 1)) on (k - 1, C - k + 1) degrees of freedom."""

    statistic: float
    df: tuple[int, int]
    p: float
    reason: str | None = None


def jackknife_covariance(values: Floats, stratum: NDArray[np.int64]) -> Floats:
    """Return the covariance (k, k) of estimates from leave-one-cluster-out values (k, C)."""
    d = np.stack([Jackknife(row, stratum).deviations for row in values])
    covariance: Floats = d @ d.T
    return covariance


def equal(values: Floats, covariance: Floats, clusters: int) -> Equality:
    """Test that k dependent estimates are equal.

    Parameters
    ----------
    values : array, shape (k,)
    covariance : array, shape (k, k)
        Covariance of the estimates (not of one observation).
    clusters : int
        C, the number of independent units.

    Returns
    -------
    Equality
        Undefined (NaN with a reason) when an estimate or its covariance is undefined, when C < k, or when
        the contrasts have no variance.
    """
    k = len(values)
    df = (k - 1, clusters - k + 1)
    if k < 2 or df[1] < 1 or not (np.isfinite(values).all() and np.isfinite(covariance).all()):
        return Equality(np.nan, df, np.nan, "needs two defined estimates and at least as many clusters")
    contrast = np.eye(k - 1, k) - np.eye(k - 1, k, 1)
    d = contrast @ values
    spread = contrast @ covariance @ contrast.T
    if np.linalg.matrix_rank(spread) < k - 1:
        return Equality(np.nan, df, np.nan, "the differences have no variance in some direction")
    t2 = float(d @ np.linalg.solve(spread, d))
    statistic = t2 * df[1] / ((clusters - 1) * (k - 1))
    return Equality(statistic, df, float(fdtrc(*df, statistic)))
