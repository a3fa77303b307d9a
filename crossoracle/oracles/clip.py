"""What an oracle is shown: the frames of a video, each with its time and segment, and nothing else.

A frame knows its digest before its pixels are needed, so that a question can be recognised (and its answer
taken from the ledger) without decoding the video again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Border = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """One frame as an oracle sees it.

    Parameters
    ----------
    time_s : float
        Its time on the clock of the clip, in seconds.
    segment : int
        The segment that it belongs to, from 0.
    digest : str
        Of the picture: equal digests, equal pictures.
    load : callable
        Returns the picture as JPEG; called when an oracle is really asked.
    """

    time_s: float
    segment: int
    digest: str
    load: Callable[[], bytes] = field(repr=False, compare=False)

    def jpeg(self) -> bytes:
        """Return the picture as JPEG: the same bytes for every oracle."""
        return self.load()

    def pixels(self) -> Pixels:
        """Return the picture as RGB, (height, width, 3)."""
        from crossoracle.video.encode import pixels

        return pixels(self.load())


@dataclass(frozen=True)
class Clip:
    """A video as it is put before an oracle.

    Parameters
    ----------
    dataset, video_id, label : str
        Which video, and the action to look for.
    segments : tuple of (float, float)
        Start and end of each segment in seconds, half-open.
    frames : tuple of Frame
        In the order of time.
    attributes : mapping
        Whatever prompts may need, such as the placeholders of a template.
    """

    dataset: str
    video_id: str
    label: str
    segments: tuple[Border, ...]
    frames: tuple[Frame, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def duration_s(self) -> float:
        """Where the last segment ends, in seconds."""
        return self.segments[-1][1] if self.segments else 0.0

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything that can be seen: borders, and each frame's time, segment and picture."""
        seen = [self.segments, [(f.time_s, f.segment, f.digest) for f in self.frames]]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()

    def without(self, removed: Collection[int], operator: str) -> Clip:
        """Return the clip with some segments removed.

        ``cut`` joins what is left: segments are numbered and timed anew, so that nothing tells what is gone.
        The other operators ("black", "freeze", "blur", "mean") keep every frame's place and change its
        picture.

        Raises
        ------
        InputError
            Nothing would be left of the clip.
        """
        from crossoracle.oracles.removal import remaining

        return replace(self, **remaining(self, removed, operator)) if removed else self
