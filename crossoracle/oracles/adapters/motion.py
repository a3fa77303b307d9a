"""The oracle that goes by movement: dense optical flow (DIS) between the frames that all oracles see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from crossoracle.oracles.adapters.plain import Plain
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Question


@dataclass(frozen=True)
class Motion(Plain):
    """Rates a segment by its movement, relative to the segment of the clip that moves most.

    A clip in which nothing moves is rated 0 everywhere. Movement is undefined, and the score null, where a
    segment lies outside of all frames, or where the clip has a single one.
    """

    name: ClassVar[str] = "motion"

    def rated(self, question: Question) -> Sequence[float | None]:
        """Return one score per segment."""
        moved = movement(question.clip)
        most = max((rate for rate in moved if rate is not None), default=0.0)
        return [rate if rate is None or not most else rate / most for rate in moved]


def movement(clip: Clip) -> list[float | None]:
    """Return the mean flow per second in each segment, or None where no two frames say.

    Between two frames the flow is taken as even, so a pair that spans a border counts for both sides, in
    proportion; segments with a single frame have a value too.
    """
    times = np.array([frame.time_s for frame in clip.frames])
    moved = np.concatenate([[0.0], np.cumsum(_flows(clip))])
    return [_rate(times, moved, start, end) for start, end in clip.segments]


def _rate(times: NDArray[np.float64], moved: NDArray[np.float64], start: float, end: float) -> float | None:
    """Return how fast the movement since the first frame grows in the part of a segment that frames span."""
    if not times.size:
        return None
    start, end = max(start, times[0]), min(end, times[-1])
    if not end > start:
        return None
    before, after = np.interp([start, end], times, moved)
    return float((after - before) / (end - start))


def _flows(clip: Clip) -> list[float]:
    """Return the mean magnitude of the flow from each frame to the next; two pictures are held at a time."""
    from crossoracle.video.motion import flow_magnitude

    pictures = (frame.pixels() for frame in clip.frames)
    return [float(flow_magnitude(one, other)) for one, other in pairwise(pictures)]
