"""Randomisation: what agreement looks like when the order within a video means nothing.

Two nulls. *Shuffle* permutes the segments of each video; *shift* rotates them by a random number of
segments, which keeps the likeness of neighbours and is the sterner of the two. The p-value is
(extreme + 1) / (draws + 1).

References
----------
Davison & Hinkley (1997), section 4.3; Phipson & Smyth (2010), *Stat. Appl. Genet. Mol. Biol.* 9:39.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NULLS = ("shuffle", "shift")


def within_videos(length: NDArray[np.int64], null: str, *, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return, for each segment, the segment whose ratings it takes.

    Parameters
    ----------
    length : array, shape (videos,)
        Number of segments of each video, in table order.
    null : {"shuffle", "shift"}
    rng : numpy.random.Generator

    Returns
    -------
    array, shape (segments,)
        A permutation that maps every video onto itself.
    """
    video = np.repeat(np.arange(len(length)), length)
    start = np.repeat(np.cumsum(length) - length, length)
    if null == "shuffle":
        order: NDArray[np.int64] = np.lexsort((rng.random(len(video)), video))
        return order
    shift = rng.integers(0, np.maximum(length, 1))
    place = np.arange(len(video)) - start
    shifted: NDArray[np.int64] = start + (place + np.repeat(shift, length)) % np.repeat(length, length)
    return shifted


def p_value(observed: float, draws: NDArray[np.float64], orientation: int = 1) -> float:
    """Return (number of draws at least as extreme + 1) / (draws + 1).

    ``orientation`` is 1 where large values mean agreement, -1 where small ones do. Draws that are undefined
    are left out; a relative tolerance of 1e-12 keeps ties from being lost to rounding. Undefined when the
    observed value or every draw is undefined.
    """
    defined = draws[np.isfinite(draws)]
    if not np.isfinite(observed) or len(defined) == 0:
        return float("nan")
    slack = 1e-12 * max(abs(observed), 1.0)
    extreme = np.count_nonzero(orientation * defined >= orientation * observed - slack)
    return (extreme + 1) / (len(defined) + 1)
