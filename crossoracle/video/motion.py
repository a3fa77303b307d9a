"""How much moves in each segment of a video: dense optical flow.

Frames are looked at ``fps`` times a second and only within a segment, so that a border counts for neither
side. Speeds divide by the time that really passed between two frames.

References
----------
Kroeger et al. (2016), Fast Optical Flow using Dense Inverse Search (DIS), ECCV.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossoracle.errors import InputError
from crossoracle.provenance import digest
from crossoracle.video.picture import Pixels
from crossoracle.video.segments import Segments
from crossoracle.video.stored import load, save

Values = NDArray[np.float64]
LEAST = 32
"""Pixels a side that the flow needs; the height also needs half of the width."""


@dataclass(frozen=True)
class _Look:
    """On how many frames a second it is measured, and of what size."""

    fps: float
    size: int


def motion_per_segment(
    path: str | Path, segments: Segments, *, fps: float = 8, size: int = 224, cache: Path | None = None
) -> Values:
    """Return how fast the picture moves in each segment.

    Parameters
    ----------
    path : path
        The video.
    segments : Segments
        Where it is cut.
    fps, size : float, int
        How many frames a second are compared, and their long side in pixels, at most.
    cache : Path, optional
        A directory where results are kept, by the digest of the file and the parameters.

    Returns
    -------
    float array, (segments,)
        Mean length of the flow, in long sides of the picture per second.
        Undefined (NaN) for a segment that shows fewer than two different frames.

    Raises
    ------
    VideoError
        The file cannot be decoded.
    InputError
        The rate is not a positive number.
    """
    change, seconds = _sums(path, segments, _Look(fps, size), cache)
    undefined = np.full(change.shape, np.nan)
    return np.asarray(np.divide(change, seconds, out=undefined, where=seconds > 0), dtype=np.float64)


def flow_magnitude(a: Pixels, b: Pixels) -> float:
    """Return the mean length of the optical flow from one picture to another, in long sides of the picture.

    Parameters
    ----------
    a, b : uint8 array, (height, width, 3)
        RGB, of one size.

    Raises
    ------
    InputError
        The pictures differ in size.
    """
    import cv2

    if a.shape != b.shape:
        raise InputError(f"motion: found pictures of shape {a.shape} and {b.shape}, expected one size")
    height, width = a.shape[:2]
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    field = flow.calc(_grey(a), _grey(b), np.zeros((0,), dtype=np.float32))[:height, :width]
    length = np.hypot(field[..., 0], field[..., 1]).mean(dtype=np.float64)
    return float(length / max(height, width))


def _grey(pixels: Pixels) -> Pixels:
    """Return a picture in grey, its last column and row repeated where it is too narrow for the flow."""
    import cv2

    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    height, width = grey.shape
    wide = max(width, LEAST)
    return np.pad(grey, ((0, max(0, max(LEAST, wide // 2) - height)), (0, wide - width)), mode="edge")


def _measured(path: str | Path, segments: Segments, look: _Look) -> Values:
    """Return two sums per segment: of the flow between its frames, and of the seconds between them."""
    from crossoracle.video.decode import shown

    instants = [(j + 0.5) / look.fps for j in range(math.ceil(segments.edges[-1] * look.fps))]
    placed = [(t, segments.of(t)) for t in instants if segments.edges[0] <= t < segments.edges[-1]]
    sums = np.zeros((2, len(segments)))
    pictures = shown(path, [t for t, _ in placed], long_side=look.size)
    pairs = pairwise(zip(placed, pictures, strict=True))
    for ((_, before), one), ((_, segment), other) in pairs:
        if before == segment and one is not other and one.pixels.shape == other.pixels.shape:
            sums[:, segment] += flow_magnitude(one.pixels, other.pixels), other.time_s - one.time_s
    return sums


def _sums(path: str | Path, segments: Segments, look: _Look, cache: Path | None) -> Values:
    """Return what `_measured` returns, from the cache where it is there."""
    if not (math.isfinite(look.fps) and look.fps > 0):
        raise InputError(f"motion: found fps {look.fps!r}, expected a positive number of frames a second")
    if cache is None:
        return _measured(path, segments, look)
    file = Path(cache) / f"{_key(path, segments, look)}.npz"
    found = load(file, "sums")
    if found is not None:
        return np.asarray(found[0], dtype=np.float64)
    sums = _measured(path, segments, look)
    save(file, sums=sums)
    return sums


def _key(path: str | Path, segments: Segments, look: _Look) -> str:
    import av
    import cv2

    about = [digest(path), segments.edges, asdict(look), av.__version__, cv2.__version__]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()
