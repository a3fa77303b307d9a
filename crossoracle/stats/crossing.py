"""Where a curve becomes 0: the alpha at which being led by the oracle stops to matter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def crossing(x: Sequence[float] | Floats, gaps: Floats) -> Floats:
    """Return the first x at which a curve, drawn as straight lines between its points, is 0.

    Parameters
    ----------
    x : array, shape (k,)
        Rising.
    gaps : array, shape (k, n)
        Heights of n curves at x.

    Returns
    -------
    array, shape (n,)
        NaN where a curve keeps its sign, or a height is undefined.

    Examples
    --------
    >>> crossing([0, 0.1, 0.2], np.array([[3.0], [1.0], [-1.0]]))
    array([0.15])
    """
    x, first = np.asarray(x, dtype=float), np.sign(gaps[0])
    through = gaps * first <= 0
    j = np.maximum(through.argmax(axis=0), 1)
    column = np.arange(gaps.shape[1])
    before, after = gaps[j - 1, column], gaps[j, column]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = x[j - 1] + (x[j] - x[j - 1]) * before / (before - after)
    found = np.where(first == 0, x[0], np.where(through.any(axis=0), found, np.nan))
    return np.asarray(np.where(np.isfinite(gaps).all(axis=0), found, np.nan))
