"""Weighted midranks: ranks of values that are counted, not listed.

A replicate of the bootstrap weights every value; its ranks follow from the weighted margin alone. Only
differences of ranks enter any coefficient, so ranks are centred: the midrank minus (n + 1)/2.
"""

from __future__ import annotations

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
    below = np.cumsum(margin, axis=0)
    ranks: Floats = below - 0.5 * (margin + below[-1:])
    return ranks
