"""Many statements at once: Holm's adjustment, and simultaneous intervals from joint replicates.

References
----------
Holm (1979), *Scand. J. Statist.* 6:65-70; Romano & Wolf (2005), *Econometrica* 73:1237-1282 (max-|t|).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossoracle.stats.intervals import MANY

Floats = NDArray[np.float64]


def holm(p: Floats) -> Floats:
    """Return Holm-adjusted p-values; undefined p-values stay NaN and do not count.

    Examples
    --------
    Benjamini & Hochberg (1995), section 3.2:

    >>> holm(np.array([0.0001, 0.0004, 0.0019])).round(4)
    array([0.0003, 0.0008, 0.0019])
    """
    adjusted = np.full(len(p), np.nan)
    defined = np.flatnonzero(np.isfinite(p))
    order = defined[np.argsort(p[defined], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)  # the smallest times their number, and so on
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def simultaneous(values: Floats, replicates: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return max-|t| simultaneous bounds of k estimates.

    Parameters
    ----------
    values : array, shape (k,)
    replicates : array, shape (k, B)
        Joint bootstrap values: one column per resample. Columns with an undefined entry are left out; there
        are no bounds where they are more than 5 %.

    Returns
    -------
    low, high : arrays, shape (k,)
        value -+ c se, c the ``level`` quantile of max_j |replicate_j - value_j| / se_j, se the standard
        deviation of the replicates. Undefined (NaN) where se is 0 or no column is complete.
    """
    joint = replicates[:, np.isfinite(replicates).all(axis=0)]
    if joint.shape[1] < max(2, (1 - MANY) * replicates.shape[1]):
        return np.full(len(values), np.nan), np.full(len(values), np.nan)
    se = joint.std(axis=1, ddof=1)
    se = np.where(se > 0, se, np.nan)
    t = np.abs(joint - values[:, None]) / se[:, None]
    if np.isnan(t).all():
        return np.full(len(values), np.nan), np.full(len(values), np.nan)
    c = np.quantile(np.nanmax(t, axis=0), level)
    return values - c * se, values + c * se
