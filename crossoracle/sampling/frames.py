"""Where frames stand: at the quantiles of a density, in continuous time.

T instants stand at the quantiles (j + 1/2) / T of the cumulative density, j = 0 ... T - 1, and the frame
that is shown at an instant is the last whose timestamp is not after it. So nothing is rounded per segment: a
segment gets its share of the T frames to less than one, and a frame repeats only where instants stand closer
than frames. Of C clips, clip c stands at (j + (c + 1/2) / C) / T: together they are the quantiles of C T.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from crossoracle.errors import InputError
from crossoracle.sampling.density import Density, Floats
from crossoracle.sampling.drawing import rearranged

Indices = NDArray[np.int64]

ON_BORDER = 1e-12
"""Share of the mass by which a quantile may miss a border, for want of digits, and is on it."""

SLACK_S = 1e-9
"""Instants this close before a timestamp are on it: i / fps has no exact float."""


@dataclass(frozen=True, eq=False)
class Placed:
    """The instants at which frames are taken.

    Parameters
    ----------
    instants : array, shape (clips, frames)
        In seconds, in the order in which the frames are shown: that of time, unless shuffled.
    segment : int array, shape (clips, frames)
        The segment that each belongs to; its density is positive there.
    """

    instants: Floats
    segment: Indices

    def frames(self, times: Floats) -> Indices:
        """Return which frames these are, shape (clips, frames); see `shown`."""
        return shown(self.instants, times)

    def distinct(self, times: Floats) -> int:
        """Return how many different frames of the video are among them."""
        return len(np.unique(self.frames(times)))


def place(density: Density, frames: int, clips: int = 1, offset: float = 0.5) -> Placed:
    """Place frames at the quantiles of a density.

    Parameters
    ----------
    density : Density
        Of the K segments of a video.
    frames, clips : int
        How many frames a clip has (T), and how many clips there are (C).
    offset : float
        Where a quantile stands in its C T-th part of the mass, in [0, 1); repeated runs may differ by it.

    Raises
    ------
    InputError
        A number is out of range.

    Examples
    --------
    >>> hard_cut = Density(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 0.0, 1.0]))
    >>> place(hard_cut, 4).instants
    array([[0.25, 0.75, 2.25, 2.75]])
    """
    rate = density.rate / density.highest
    some = rate.nonzero()[0]
    rate = rate[some]
    area = rate * density.widths[some]
    after = area.cumsum()
    borders = after - ON_BORDER * after[-1]
    borders[-1] = np.inf
    goals = quantiles(frames, clips, offset) * after[-1]
    place = borders.searchsorted(goals, side="right")  # an instant on a border belongs to the later segment
    into = np.maximum(goals - (after - area)[place], 0.0) / rate[place]
    segment = some[place]
    instants = density.edges[segment] + into
    last = np.nextafter(density.edges[segment + 1], -np.inf)
    return Placed(np.minimum(instants, last), segment)


@lru_cache(maxsize=64)
def quantiles(frames: int, clips: int, offset: float) -> Floats:
    """Return the quantiles at which the frames of each clip stand, shape (clips, frames)."""
    if frames < 1 or clips < 1 or not 0 <= offset < 1:
        found = f"{frames} frames, {clips} clips and offset {offset}"
        raise InputError(f"frames: found {found}, expected at least 1, at least 1 and a number in [0, 1)")
    part = np.arange(frames) * clips + np.arange(clips)[:, None]
    levels: Floats = (part + offset) / (frames * clips)
    levels.setflags(write=False)  # shared by all that ask for the same
    return levels


def shuffled(placed: Placed, rng: np.random.Generator) -> Placed:
    """Return the same frames with their segments in another order; within a segment time runs on.

    Every clip takes its segments in the same order. Where frames are of one segment, nothing changes.
    """
    seen = np.unique(placed.segment)
    rank = np.zeros(seen[-1] + 1, dtype=np.int64)
    rank[seen] = rearranged(len(seen), rng)
    order = np.argsort(rank[placed.segment], axis=1, kind="stable")
    return Placed(
        np.take_along_axis(placed.instants, order, axis=1), np.take_along_axis(placed.segment, order, axis=1)
    )


def shown(instants: Floats, times: Floats) -> Indices:
    """Return the frame shown at each instant, in the shape of the instants.

    Parameters
    ----------
    instants : array
        In seconds from the first frame, in any order.
    times : array, shape (N,)
        When each frame of the video is shown, in seconds from the first, increasing.

    Returns
    -------
    array of int
        The last frame whose time is not after the instant; before the first one, the first.

    Raises
    ------
    InputError
        There are no frames.
    """
    if not len(times):
        raise InputError("frames: found a video without frames, expected at least one")
    return np.maximum(times.searchsorted(instants + SLACK_S, side="right") - 1, 0)
