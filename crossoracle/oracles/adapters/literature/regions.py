"""Where in a video something lies: similarities smoothed along time, against a threshold that moves along.

A frame is inside where its smoothed similarity exceeds the mean of a much wider window around it; frames
inside that follow each other are a region. A region whose caption speaks of another class is suppressed.

References
----------
Liberatori et al. (2024), Test-Time Zero-Shot Temporal Action Localization, CVPR (T3AL).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Region = tuple[int, int]
"""The first and the last frame."""

ALIKE = 1e-9
"""Differences that are for want of digits."""


def smoothed(values: Floats, times: Floats, width_s: float) -> Floats:
    """Return the mean of all values within half a width of each; windows end with the video.

    Parameters
    ----------
    values, times : float array, (frames,)
        In the order of time; times in seconds.
    width_s : float
        Of the window; 0 leaves everything as it is.

    Examples
    --------
    >>> smoothed(np.array([0.0, 3.0, 0.0]), np.array([0.0, 1.0, 2.0]), 2.0).tolist()
    [1.5, 1.0, 1.5]
    """
    near = np.abs(times[:, None] - times) <= width_s / 2
    return np.asarray((near * values).sum(axis=1) / near.sum(axis=1), dtype=np.float64)


def inside(values: Floats, times: Floats, narrow_s: float, wide_s: float) -> Mask:
    """Return which frames exceed the threshold that moves along; all where nothing differs.

    Parameters
    ----------
    narrow_s, wide_s : float
        The windows of what is compared, and of what it is compared with.
    """
    narrow, wide = (smoothed(values, times, width) for width in (narrow_s, wide_s))
    above = narrow > wide + ALIKE
    return above if above.any() else np.ones(len(values), dtype=np.bool_)


def regions(inside: Mask) -> tuple[Region, ...]:
    """Return the runs of frames that are inside.

    Examples
    --------
    >>> regions(np.array([True, True, False, True]))
    ((0, 1), (3, 3))
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8)))
    return tuple((int(a), int(b) - 1) for a, b in edges.reshape(-1, 2))


def agreeing(
    found: tuple[Region, ...], told: Floats, classes: Floats, own: int, least: float
) -> tuple[Region, ...]:
    """Return the regions whose caption does not speak of another class than the one that is looked for.

    It does where it is nearer to another one by more than so much. Where all do, the one that does least is
    left: the video as a whole was taken for that class.

    Parameters
    ----------
    told : float array, (regions, d)
        Embeddings of the captions; NaN where nothing is told.
    classes : float array, (classes, d)
        Embeddings of the classes.
    own : int
        Which of them is looked for.
    least : float
        By how much a caption must be nearer to another class, as a difference of cosines.
    """
    cosines = told @ classes.T
    nearer = np.delete(cosines, own, axis=1).max(axis=1, initial=-np.inf) - cosines[:, own]
    agrees = ~(nearer > least)  # of what nothing is told, nothing contradicts
    if len(found) and not agrees.any():
        agrees[nearer.argmin()] = True
    return tuple(region for region, stays in zip(found, agrees, strict=True) if stays)
