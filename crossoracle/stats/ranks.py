"""Weighted midranks: ranks of values that are counted, not listed.

A replicate of the bootstrap weights every value; its ranks follow from the weighted margin alone. Only
differences of ranks enter any coefficient, so ranks are centred: the midrank minus (n + 1)/2.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def centred_midranks(margin: Floats) -> Floats:
    """Return the centred midrank of every level, (count below - count above) / 2.

    Parameters
    ----------
    margin : array, shape (levels, ...)
        Weighted number of values at each level, levels in increasing order.

    Returns
    -------
    array, shape (levels, ...)
        Midrank minus (n + 1)/2, in units of observations.

    Examples
    --------
    >>> centred_midranks(np.array([1.0, 2.0, 1.0]))
    array([-1.5,  0. ,  1.5])
    """
    below = cumulative(margin)
    ranks: Floats = below - 0.5 * (margin + below[-1:])
    return ranks


def cumulative(x: Floats, axis: int = 0) -> Floats:
    """Return np.cumsum(x, axis).

    One addition of whole rows per step where there are any: NumPy sums column by column, which is 3 to 20
    times slower.

    Examples
    --------
    >>> cumulative(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [4., 6.]])
    """
    if x.ndim == 1:
        return np.cumsum(x)
    sums = np.array(x)
    rows = np.moveaxis(sums, axis, 0)
    for before, row in pairwise(rows):
        row += before
    return sums
