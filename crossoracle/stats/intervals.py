"""Confidence intervals from cluster-bootstrap replicates and from the cluster jackknife.

``theta`` is the estimate, ``replicates`` its B bootstrap values, ``left_out`` its values with one cluster
left out, ``C`` the number of clusters that contribute, ``H`` the number of strata they come from.

References
----------
Hesterberg (2015), *The American Statistician* 69:371-386 (expanded percentile); Efron & Tibshirani (1993),
chapters 11, 13 and 14 (jackknife, percentile, BCa); Shao & Tu (1995), chapter 6 (stratified jackknife); Hall
(1992), *J. R. Statist. Soc. B* 54:221-228 (skewness removed from t).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from crossoracle.results import NAN, Interval

Floats = NDArray[np.float64]
KINDS = ("expanded", "percentile", "bca", "jackknife", "hall")
UNDRAWN = ("jackknife", "hall")  # these read no replicates
SOME, MANY = 0.01, 0.05  # share of undefined resamples that brings a warning; that refuses an interval
SAME = 1e-12  # what differs by less, as a share of the numbers it is made from, differs by rounding


@dataclass(frozen=True)
class Jackknife:
    """Leave-one-cluster-out values, and the code of the stratum that each cluster belongs to (0, 1, ...)."""

    values: Floats
    stratum: NDArray[np.int64]

    @property
    def clusters(self) -> int:
        """Number of clusters, C."""
        return len(self.values)

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        return np.bincount(self.stratum)

    @property
    def strata(self) -> int:
        """Number of strata that have clusters, H."""
        return int(np.count_nonzero(self._sizes))

    @cached_property
    def deviations(self) -> Floats:
        """Mean minus value within each stratum, scaled so that their squares sum to the variance.

        Clusters that are alone in their stratum add no variance.
        """
        size = np.maximum(self._sizes, 1)
        mean = np.bincount(self.stratum, self.values) / size
        scale = np.sqrt((size - 1) / size)
        return np.asarray(scale[self.stratum] * (mean[self.stratum] - self.values))

    @cached_property
    def se(self) -> float:
        """Standard error, sqrt(sum over strata of (C_h - 1)/C_h * sum of squared deviations).

        Undefined when a left-out value is undefined or no stratum has two clusters.
        """
        if self.clusters <= self.strata or not np.isfinite(self.values).all():
            return NAN
        return float(np.sqrt((self.deviations**2).sum()))

    def bias(self, theta: float) -> float:
        """Return the jackknife estimate of bias, the sum over strata of (C_h - 1) (mean value - theta)."""
        size = np.maximum(self._sizes, 1)
        return float(((size - 1) / size)[self.stratum] @ (self.values - theta))

    def p(self, value: float) -> float:
        """Return the two-sided clustered t-test that a value is 0, on C - H degrees of freedom.

        Undefined when the standard error is, or is 0.
        """
        df = self.clusters - self.strata
        return float(2 * stdtr(df, -abs(value) / self.se)) if self.se > 0 and df > 0 else NAN

    @property
    def acceleration(self) -> float:
        """Acceleration a = sum d^3 / (6 (sum d^2)^1.5), d the deviations; 0 when they are all 0.

        Undefined when a left-out value is.
        """
        d = self.deviations
        scale = float((d**2).sum()) ** 1.5
        if not np.isfinite(scale):
            return NAN
        return float((d**3).sum() / (6 * scale)) if scale > 0 else 0.0


def jackknife_t(theta: float, jackknife: Jackknife, level: float = 0.95) -> Interval:
    """Return theta -+ t(C - H) times the cluster-jackknife standard error.

    Undefined when a left-out value is undefined, or there are no more clusters than strata.
    """
    se, df = jackknife.se, jackknife.clusters - jackknife.strata
    if math.isnan(se):
        why = "undefined when one cluster is left out" if df > 0 else "needs at least two clusters"
        return Interval(level=level, kind="jackknife", reason=why)
    half = float(stdtrit(df, (1 + level) / 2)) * se
    return Interval(theta - half, theta + half, level, "jackknife", 0.0, 0.0)


def hall(theta: float, jackknife: Jackknife, level: float = 0.95) -> Interval:
    """Return the cluster-jackknife t interval after Hall's correction, each of whose bounds holds by itself.

    Where an estimate is skewed, its t statistic is too, so that one bound of a t interval fails more often
    than the other. With a the acceleration, ::

        g(t) = t + a (2 t^2 + 1) + 4/3 a^2 t^3 = ((1 + 2 a t)^3 - 1) / (6 a) + a

    is nearly free of skewness, and the bounds are theta - se g^-1(+-t(C - H)). Undefined where the t interval
    is.
    """
    plain = jackknife_t(theta, jackknife, level)
    if plain.reason:
        return replace(plain, kind="hall")
    a, t = jackknife.acceleration, float(stdtrit(jackknife.clusters - jackknife.strata, (1 + level) / 2))

    def inverse(g: float) -> float:
        return float(np.cbrt(1 + 6 * a * (g - a)) - 1) / (2 * a) if abs(a) > SAME else g

    low, high = (theta - jackknife.se * inverse(g) for g in (t, -t))
    return Interval(low, high, level, "hall", 0.0, 0.0)


def tail_levels(kind: str, clusters: int, strata: int = 1, level: float = 0.95) -> tuple[float, float]:
    """Return the two quantile levels of a percentile or expanded percentile interval.

    Expanded: Phi(-+ sqrt(C / (C - H)) t(C - H)), the levels at which a percentile interval of a mean is as
    wide as its t interval.
    """
    tail = (1 - level) / 2
    if kind == "expanded":
        df = clusters - strata
        tail = float(ndtr(math.sqrt(clusters / df) * stdtrit(df, tail))) if df > 0 else NAN
    return tail, 1 - tail


def bca_levels(
    theta: float, replicates: Floats, jackknife: Jackknife, level: float = 0.95
) -> tuple[float, float]:
    """Return the quantile levels of the BCa interval: bias z0 and acceleration a (Efron & Tibshirani, 14.9).

    Undefined when every replicate lies on one side of the estimate, or the jackknife is undefined.
    """
    below = (np.count_nonzero(replicates < theta) + 0.5 * np.count_nonzero(replicates == theta)) / len(
        replicates
    )
    z0, a = ndtri(below), jackknife.acceleration
    if not (np.isfinite(z0) and np.isfinite(a)):
        return NAN, NAN
    z = z0 + ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    levels = ndtr(z0 + z / (1 - a * z))
    return float(levels[0]), float(levels[1])


def quantile_interval(replicates: Floats, levels: tuple[float, float], level: float, kind: str) -> Interval:
    """Return NumPy's linear quantiles with the Monte Carlo standard error of each bound.

    That error is half the distance of the quantiles one binomial standard error of the level to either side.
    """
    if not np.isfinite(levels).all():
        return Interval(level=level, kind=kind, reason="its correction is undefined (BCa)")
    p = np.asarray(levels)
    step = np.sqrt(p * (1 - p) / len(replicates))
    wanted = np.clip(np.stack([p, p - step, p + step]), 0, 1)
    (low, high), (low0, high0), (low1, high1) = quantiles(replicates, wanted)
    return Interval(
        float(low), float(high), level, kind, float((low1 - low0) / 2), float((high1 - high0) / 2)
    )


def quantiles(x: Floats, p: Floats) -> Floats:
    """Return what np.quantile(x, p) returns, in half the time: that checks much that is known here.

    Parameters
    ----------
    x : array, shape (n,)
        Numbers without NaN.
    p : array, any shape
        Levels in [0, 1].
    """
    place = p * (len(x) - 1)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, len(x) - 1)
    ordered = np.partition(x, np.unique([below, above]))
    low, high = ordered[below], ordered[above]
    found: Floats = low + (place - below) * (high - low)
    return found


def interval(
    theta: float, replicates: Floats, jackknife: Jackknife, level: float = 0.95, kind: str = "expanded"
) -> Interval:
    """Return the confidence interval of one estimate.

    Parameters
    ----------
    theta : float
        The estimate.
    replicates : array, shape (B,)
        Bootstrap values, NaN where a resample leaves the statistic undefined.
    jackknife : Jackknife
        Leave-one-cluster-out values of the clusters that contribute.
    kind : {"expanded", "percentile", "bca", "jackknife", "hall"}

    Returns
    -------
    Interval
        NaN bounds with a reason when the estimate is undefined, when fewer than two clusters contribute, or
        when more than 5 % of the resamples are undefined; conditional on being defined, and said so, below.
    """
    if math.isnan(theta):
        return Interval(level=level, kind=kind)
    if kind in UNDRAWN:
        return (hall if kind == "hall" else jackknife_t)(theta, jackknife, level)
    if jackknife.clusters <= jackknife.strata:
        return Interval(level=level, kind=kind, reason="needs at least two clusters")
    known = np.isfinite(replicates)
    defined = replicates[known]
    enough, note = conditional(known)
    if not enough:
        return Interval(level=level, kind=kind, reason=note)
    if kind == "bca":
        levels = bca_levels(theta, defined, jackknife, level)
    else:
        levels = tail_levels(kind, jackknife.clusters, jackknife.strata, level)
    found = quantile_interval(defined, levels, level, kind)
    return replace(found, reason=note) if note else found


def conditional(known: NDArray[np.bool_]) -> tuple[bool, str | None]:
    """Return whether enough resamples are defined for an interval, and what is to be said of the others.

    ``known`` (B,) marks those that are defined.
    """
    undefined = 1 - np.count_nonzero(known) / max(len(known), 1)
    if undefined > MANY:
        return False, f"{undefined:.1%} of the resamples are undefined, more than {MANY:.0%}"
    if undefined == 0:
        return True, None
    warning = "warning: " if undefined > SOME else ""
    return True, f"{warning}conditional on the {1 - undefined:.2%} of resamples that are defined"
