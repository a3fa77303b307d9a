"""Matched yes/no outcomes of independent pairs: mid-p McNemar, intervals of Tango and Newcombe, Cochran's Q.

A pair is one question answered under two conditions; ``b`` pairs are right under the first alone, ``c``
under the second alone, of ``n`` in all; the difference is (b - c)/n. All of this holds where every cluster is
one pair. With several per cluster McNemar's test rejects far too often: flip the signs of whole clusters
instead (`stats.paired.sign_flip`).

References
----------
Fagerland, Lydersen & Laake (2013), *BMC Med. Res. Methodol.* 13:91 (mid-p); Tango (1998), *Statist. Med.*
17:891-908; Newcombe (1998), *Statist. Med.* 17:2635-2650; Cochran (1950), *Biometrika* 37:256-266.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, ndtr, ndtri

from crossoracle.results import NAN, Interval

WIDEST = 1 - 1e-12  # the difference lies within -1 and 1, where the score is undefined


def mcnemar_midp(b: int, c: int) -> float:
    """Return the two-sided mid-p value that only A and only B are equally likely.

    1 where no pair differs.

    Examples
    --------
    Bentur et al. (2009), airway hyper-responsiveness:

    >>> round(mcnemar_midp(1, 7), 4)
    0.0391
    """
    n, fewer = b + c, min(b, c)
    if n == 0:
        return 1.0
    below = float(bdtr(fewer - 1, n, 0.5)) if fewer else 0.0
    equal = float(bdtr(fewer, n, 0.5)) - below
    return min(1.0, 2 * (below + equal / 2))


def tango_score(b: int, c: int, n: int, difference: float) -> float:
    """Return Tango's z of the hypothesis that p(A) - p(B) is ``difference``, in (-1, 1).

    Undefined (NaN) without pairs, or where the variance under the hypothesis is 0.
    """
    if n == 0:
        return NAN
    p = 2 * n
    q = -b - c + (2 * n - b + c) * difference
    root = math.sqrt(max(q * q + 4 * p * c * difference * (1 - difference), 0.0))
    only_b = (root - q) / (2 * p)  # its maximum likelihood estimate under the hypothesis
    variance = n * (2 * only_b + difference * (1 - difference))
    return (b - c - n * difference) / math.sqrt(variance) if variance > 0 else NAN


def tango(b: int, c: int, n: int, level: float = 0.95) -> Interval:
    """Return Tango's score interval of the difference of two matched rates.

    Undefined without pairs.

    Examples
    --------
    Agresti & Min (2005):

    >>> print(tango(16, 8, 86))
    [-0.020, 0.207]
    """
    from scipy.optimize import brentq

    if n == 0:
        return Interval(level=level, kind="tango", reason="no pairs")
    value, z = (b - c) / n, float(ndtri((1 + level) / 2))

    def bound(end: float, target: float) -> float:
        def miss(difference: float) -> float:
            score = tango_score(b, c, n, difference)
            return (0.0 if math.isnan(score) else score) - target

        at_value = miss(value) if abs(value) < 1 else -target
        beyond = miss(end) * at_value > 0
        return math.copysign(1.0, end) if beyond else float(brentq(miss, value, end, xtol=1e-12))

    return Interval(bound(-WIDEST, z), bound(WIDEST, -z), level, "tango", 0.0, 0.0)


def tango_noninferior(b: int, c: int, n: int, margin: float) -> float:
    """Return the one-sided p-value against p(A) - p(B) <= -margin; NaN where the score is undefined."""
    return float(ndtr(-tango_score(b, c, n, -margin)))


def newcombe(both: int, b: int, c: int, neither: int, level: float = 0.95) -> Interval:
    """Return Newcombe's interval of the difference of two matched rates, in closed form (his method 10).

    The Wilson intervals of the two rates are squared and added; their correlation is phi, with a continuity
    correction where it is positive. Undefined without pairs.

    Examples
    --------
    Newcombe (1998), 50 pairs:

    >>> print(newcombe(20, 12, 2, 16))
    [0.056, 0.329]
    """
    from crossoracle.stats.paired import wilson

    n = both + b + c + neither
    if n == 0:
        return Interval(level=level, kind="newcombe", reason="no pairs")
    first, second = both + b, both + c
    product = both * neither - b * c
    cross = max(product - n / 2, 0.0) if product > 0 else float(product)
    margins = first * (n - first) * second * (n - second)
    phi = cross / math.sqrt(margins) if margins else 0.0
    one, other = wilson(first, n, level), wilson(second, n, level)

    def half(x: float, y: float) -> float:
        return math.sqrt(max(x * x - 2 * phi * x * y + y * y, 0.0))

    low = half(first / n - one.low, other.high - second / n)
    high = half(one.high - first / n, second / n - other.low)
    return Interval((b - c) / n - low, (b - c) / n + high, level, "newcombe", 0.0, 0.0)


def cochran_q(right: NDArray[np.bool_]) -> tuple[float, int, float]:
    """Return Cochran's Q that k matched conditions are right equally often, its degrees of freedom and p.

    Parameters
    ----------
    right : array, shape (questions, k)

    Returns
    -------
    tuple
        Undefined (NaN) where no question tells the conditions apart.
    """
    from statsmodels.stats.contingency_tables import cochrans_q

    informative = right.any(axis=1) & ~right.all(axis=1)
    if right.shape[1] < 2 or not informative.any():
        return NAN, max(right.shape[1] - 1, 0), NAN
    found = cochrans_q(right[informative].astype(int))
    return float(found.statistic), int(found.df), float(found.pvalue)
