"""Many statements at once: Holm's adjustment, and simultaneous intervals from joint replicates.

References
----------
Holm (1979), *Scand. J. Statist.* 6:65-70; Romano & Wolf (2005), *Econometrica* 73:1237-1282 (max-|t|).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import reduce

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


def holm_within(families: Sequence[Hashable], p: Sequence[float]) -> list[float]:
    """Return p-values (n,), adjusted within their own family (n,), in the same order."""
    members: dict[Hashable, list[int]] = {}
    for i, family in enumerate(families):
        members.setdefault(family, []).append(i)
    found = [np.nan] * len(p)
    for some in members.values():
        for i, adjusted in zip(some, holm(np.array([p[i] for i in some])), strict=True):
            found[i] = float(adjusted)
    return found


def simultaneous(
    values: Floats, replicates: Floats | Sequence[Floats], level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return max-|t| simultaneous bounds of k estimates.

    Parameters
    ----------
    values : array, shape (k,)
    replicates : array, shape (k, B), or sequence of k arrays, shape (B,)
        Joint bootstrap values: one column per resample. Columns with an undefined entry are left out; there
        are no bounds where they are more than 5 %. Rows are read one at a time.

    Returns
    -------
    low, high : arrays, shape (k,)
        value -+ c se, c the ``level`` quantile of max_j |replicate_j - value_j| / se_j, se the standard
        deviation of the replicates. Undefined (NaN) where se is 0 or no column is complete.
    """
    se, nothing = np.full(len(values), np.nan), np.full(len(values), np.nan)
    whole = reduce(np.logical_and, map(np.isfinite, replicates), np.True_)
    if np.count_nonzero(whole) < max(2, (1 - MANY) * whole.size):
        return nothing, nothing
    largest = np.full(np.count_nonzero(whole), -np.inf)
    for j, row in enumerate(replicates):
        joint = row[whole]
        se[j] = joint.std(ddof=1) or np.nan
        np.fmax(largest, np.abs(joint - values[j]) / se[j], out=largest)
    if np.isnan(se).all():
        return nothing, nothing
    c = np.quantile(largest, level)
    return values - c * se, values + c * se
