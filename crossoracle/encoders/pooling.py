"""From rows of frames to one row of a clip, in which the order of time is still to be seen.

What moves is found by correlation: what was in one cell of the grid and is in the next one afterwards counts
for the one direction, the other way round for the other. This is done in the first and in the second half of
the time, so that it is seen which movement came first. What is slow is seen better from each frame to the
one after the next.

References
----------
Hassenstein and Reichardt (1956), Systemtheoretische Analyse der Zeit-, Reihenfolgen- und
Vorzeichenauswertung, Zeitschrift fuer Naturforschung 11b.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders.features import GRID, PLACES

Rows = NDArray[np.float32]

LAGS = (1, 2)
"""How many frames later those are with which `averaged` compares each."""


def averaged(rows: Rows) -> Rows:
    """Return the mean over time, and what moves in each half of it, by all channels together.

    Parameters
    ----------
    rows : float array, (frames, PLACES * channels)
        As of `pooled`.

    Returns
    -------
    float array, (PLACES * channels + 4 * len(LAGS),)
        What is seen for longer counts more.
    """
    ways = [moved(rows, lag).reshape(4, -1).sum(axis=1) for lag in LAGS]
    return np.concatenate([rows.mean(axis=0), *ways])


def pooled(rows: Rows) -> Rows:
    """Return the mean and the highest value over time, and what moves in each half of it.

    Parameters
    ----------
    rows : float array, (frames, PLACES * channels)
        Of at least one frame; of one alone, nothing moves.

    Returns
    -------
    float array, (2 * PLACES * channels + 4 * channels,)
    """
    return np.concatenate([rows.mean(axis=0), rows.max(axis=0), moved(rows)])


def moved(rows: Rows, lag: int = 1) -> Rows:
    """Return how much moves to the right and downwards, by channel, in each half of the time.

    What stands still is no movement. Of a single pair of frames both halves see it.

    Parameters
    ----------
    rows : float array, (frames, PLACES * channels)
        As of `pooled`; where none is so much later than another, nothing moves.
    lag : int
        Every frame is compared with that which comes so many later.

    Returns
    -------
    float array, (4 * channels,)
    """
    n, channels = len(rows), rows.shape[1] // PLACES
    if n <= lag:
        return np.zeros(4 * channels, dtype=np.float32)
    cells = rows.reshape(n, PLACES, channels)[:, 1:].reshape(n, GRID, GRID, channels)
    cells = cells - cells.min(axis=0)
    pairs = np.concatenate([_correlated(cells.mean(axis=axis), lag) for axis in (1, 2)], axis=1)
    middle = len(pairs) / 2
    first, second = pairs[: int(np.ceil(middle))], pairs[int(np.floor(middle)) :]
    return np.concatenate([first.mean(axis=0), second.mean(axis=0)]) * np.float32(n)


def _correlated(line: Rows, lag: int) -> Rows:
    """Return what goes up along a line of cells, (n, GRID, channels), from each frame to a later one."""
    now, then = line[:-lag], line[lag:]
    return np.asarray((now[:, :-1] * then[:, 1:] - now[:, 1:] * then[:, :-1]).sum(axis=1), dtype=np.float32)
