"""Four features of frames, each blind to what the others see best: edges, colours, movement, texture.

Every feature is a histogram or a response per place, pooled over the whole picture and over a grid of 3 x 3:
the first does not care where something is, the second says where.

References
----------
Dalal and Triggs (2005), Histograms of oriented gradients for human detection, CVPR.
Saxe et al. (2011), On random weights and unsupervised feature learning, ICML.
Kroeger et al. (2016), Fast optical flow using dense inverse search, ECCV.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from crossoracle.errors import UnknownNameError

Frames = NDArray[np.uint8]
Rows = NDArray[np.float32]
SIDE = 48
"""Frames are made that small, in pixels; it is a multiple of the grid."""

GRID = 3
PLACES = 1 + GRID * GRID
"""A row has so many places: the whole, and the cells of the grid from the top left; each has all channels."""

BINS = 8
FILTERS = 12
SIZE = 5
GAIN = 8.0
"""Of the filters: the sum of their weights without sign."""

MUTED = 0.25
"""Saturation that counts as grey."""

FAST = 6.0
"""Pixels from frame to frame; anything faster counts the same."""

STEADY = 0.01
"""Added before a root is taken, so that nothing becomes something only slowly."""


@dataclass(frozen=True)
class Feature:
    """A feature of frames.

    Parameters
    ----------
    name, meaning : str
        What it is called, and what it sees.
    of : callable
        Takes prepared frames, uint8 (n, SIDE, SIDE, 3), in the order of time; returns one row for each.
    """

    name: str
    meaning: str
    of: Callable[[Frames], Rows]


def prepared(frames: Sequence[Frames] | Frames) -> Frames:
    """Return frames of any size, RGB, as features take them: (n, SIDE, SIDE, 3)."""
    import cv2

    small = [cv2.resize(frame, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for frame in frames]
    return np.asarray(small, dtype=np.uint8).reshape(-1, SIDE, SIDE, 3)


def edges(frames: Frames) -> Rows:
    """Return how strong the edges of each direction are: histograms of oriented gradients, unsigned."""
    import cv2

    grey = [one.astype(np.float32) / 255 for one in _grey(frames)]
    across = np.stack([cv2.Sobel(one, -1, 1, 0) for one in grey])
    down = np.stack([cv2.Sobel(one, -1, 0, 1) for one in grey])
    return _by_angle(np.hypot(across, down), np.arctan2(down, across) % np.pi, np.pi)


def colours(frames: Frames) -> Rows:
    """Return how much there is of each hue, weighted by its saturation."""
    import cv2

    seen = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2HSV) for frame in frames]).astype(np.float32)
    return _by_angle(np.maximum(seen[..., 1] / 255 - MUTED, 0), seen[..., 0], 180.0)


def movement(frames: Frames) -> Rows:
    """Return how much moves in each direction from each frame to the next; from the last, as from before."""
    import cv2

    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    search.setFinestScale(0)  # the pictures are small already
    search.setVariationalRefinementIterations(0)
    grey, nothing = _grey(frames), np.zeros((0,), dtype=np.float32)
    flow = [search.calc(one, other, nothing) for one, other in pairwise(grey)]
    field = np.stack([*flow, flow[-1]] if flow else [np.zeros((SIDE, SIDE, 2), dtype=np.float32)])
    strength = np.minimum(np.hypot(field[..., 0], field[..., 1]) / FAST, 1)
    return _by_angle(strength, np.arctan2(field[..., 1], field[..., 0]) % (2 * np.pi), 2 * np.pi)


def texture(frames: Frames) -> Rows:
    """Return the rectified responses of random filters that were never trained."""
    import cv2

    filters, mixture = _filters()
    mixed = (cv2.transform(frame.astype(np.float32) / 255, mixture) for frame in frames)
    seen = [
        [
            np.abs(cv2.filter2D(np.ascontiguousarray(one[..., i]), -1, drawn))
            for i, drawn in enumerate(filters)
        ]
        for one in mixed
    ]
    return _rooted(_pooled(np.moveaxis(np.asarray(seen), 1, 3)))


FEATURES = {
    feature.name: feature
    for feature in (
        Feature("edges", "the directions of edges (HOG)", edges),
        Feature("colours", "the hues", colours),
        Feature("movement", "the directions of movement (DIS optical flow)", movement),
        Feature("texture", "a convolution with frozen random filters", texture),
    )
}


def feature(name: str) -> Feature:
    """Return a feature.

    Raises
    ------
    UnknownNameError
        None has that name; the message names the nearest.
    """
    if name not in FEATURES:
        raise UnknownNameError("feature", name, FEATURES)
    return FEATURES[name]


def _grey(frames: Frames) -> list[NDArray[np.uint8]]:
    import cv2

    return [np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), dtype=np.uint8) for frame in frames]


@cache
def _filters() -> tuple[tuple[Rows, ...], Rows]:
    """Return filters without a mean (an even surface gives no response), and what each sees of R, G, B."""
    rng = np.random.default_rng(20_110)
    drawn = rng.normal(size=(FILTERS, SIZE, SIZE)).astype(np.float32)
    drawn -= drawn.mean(axis=(1, 2), keepdims=True)
    mixture = rng.normal(size=(FILTERS, 3)).astype(np.float32)
    mixture /= np.abs(mixture).sum(axis=1, keepdims=True)
    return tuple(drawn * GAIN / np.abs(drawn).sum(axis=(1, 2), keepdims=True)), mixture


def _by_angle(strength: Rows, angle: NDArray[np.floating], turn: float) -> Rows:
    """Return strengths, (n, SIDE, SIDE), sorted into bins of an angle, pooled; two bins share each."""
    n, side = len(strength), SIDE // GRID
    place = np.arange(SIDE) // side
    cell = place[:, None] * GRID + place
    where = (np.arange(n)[:, None, None] * GRID * GRID + cell) * BINS
    exact = angle * (BINS / turn)
    low = np.floor(exact)
    first, share = low.astype(np.int64) % BINS, exact - low
    size = n * GRID * GRID * BINS
    sums = np.bincount((where + first).ravel(), (strength * (1 - share)).ravel(), size)
    sums += np.bincount((where + (first + 1) % BINS).ravel(), (strength * share).ravel(), size)
    return _rooted(_with_whole(sums.reshape(n, GRID * GRID, BINS) / side**2))


def _pooled(maps: Rows) -> Rows:
    """Return means of maps, (n, SIDE, SIDE, channels), over each cell of the grid, and over all."""
    n, side, channels = len(maps), SIDE // GRID, maps.shape[3]
    cells = maps.reshape(n, GRID, side, GRID, side, channels).mean(axis=(2, 4))
    return _with_whole(cells.reshape(n, GRID * GRID, channels))


def _with_whole(cells: NDArray[np.floating]) -> Rows:
    """Return rows with the mean of all cells, and then each of them: (n, PLACES * channels)."""
    every = np.concatenate([cells.mean(axis=1, keepdims=True), cells], axis=1)
    return np.asarray(every.reshape(len(cells), -1), dtype=np.float32)


def _rooted(rows: Rows) -> Rows:
    """Return rows with their contrast evened out."""
    return np.asarray(np.sqrt(rows + STEADY) - np.sqrt(STEADY), dtype=np.float32)
