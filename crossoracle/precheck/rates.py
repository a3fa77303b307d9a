"""The rate of videos that pass, with an interval that respects that clips share their source."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from crossoracle.results import Interval
from crossoracle.stats.paired import wilson


def rate_interval(passed: NDArray[np.float64], size: NDArray[np.float64], level: float = 0.95) -> Interval:
    """Return Wilson's interval of a rate, on the effective number of videos where clips share a cluster.

    Parameters
    ----------
    passed, size : array, shape (clusters,)
        Videos of each cluster that passed, and videos of each cluster.

    Returns
    -------
    Interval
        Of kind "wilson" where every cluster is one video, "wilson-clustered" otherwise. Undefined without
        videos.
    """
    n = float(size.sum())
    if n == 0 or size.max() == 1:
        return wilson(float(passed.sum()), n, level)
    effective = n / design_effect(passed, size)
    found = wilson(float(passed.sum()) / n * effective, effective, level)
    return replace(found, kind="wilson-clustered")


def design_effect(passed: NDArray[np.float64], size: NDArray[np.float64]) -> float:
    """Return how many times the variance of a rate exceeds that of as many independent videos, at least 1.

    For a rate of 0 or 1, and for a single cluster, there is no variance to compare: then it is the effective
    cluster size, sum m^2 / sum m, which is what clips that are all alike in a cluster give.

    References
    ----------
    Kish (1965), *Survey Sampling*, section 5.4; Rao & Scott (1992), *Biometrics* 48:577-585.
    """
    n, c = float(size.sum()), len(size)
    rate = float(passed.sum()) / n
    if c == 1 or rate in (0.0, 1.0):
        return float((size**2).sum()) / n
    variance = c / (c - 1) * float(((passed - rate * size) ** 2).sum()) / n**2
    return max(1.0, variance / (rate * (1 - rate) / n))
