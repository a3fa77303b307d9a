"""What is known of a video before its frames are chosen: its segments, and what was said about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from crossoracle.errors import InputError
from crossoracle.sampling.density import Flags, Floats

UNKNOWN = -1
NOTHING = {
    "kept flag": "the oracle has no kept set",
    "score": "no segment has a score",
    "motion": "no motion was measured",
}
NAMED = 3
"""Segments that a reason names; of further ones it gives the number."""


@dataclass(frozen=True)
class Failure:
    """Why a condition shows nothing of a video: a result to be recorded, not an error.

    Parameters
    ----------
    reason : str
        In one line.
    """

    reason: str


@dataclass(frozen=True, eq=False)
class Scored:
    """A video as one run of one oracle scored it.

    Parameters
    ----------
    dataset, video_id : str
        Which video; random choices derive from these.
    edges : array, shape (K + 1,)
        Segment i is [edges[i], edges[i + 1]), in seconds.
    score : array, shape (K,)
        NaN where the oracle was silent.
    kept : array of int8, shape (K,)
        1, 0, or -1 where the oracle has no important set.
    motion : array, shape (K,), optional
        How much moves; NaN where that is undefined.

    Raises
    ------
    InputError
        There are not as many numbers as segments, or the edges do not increase.
    """

    dataset: str
    video_id: str
    edges: Floats
    score: Floats
    kept: NDArray[np.int8]
    motion: Floats | None = None

    def __post_init__(self) -> None:
        k, motion = len(self.edges) - 1, self.score if self.motion is None else self.motion
        if {len(self.score), len(self.kept), len(motion)} != {k} or not k:
            told = f"{len(self.score)} scores, {len(self.kept)} kept flags and {len(motion)} motions"
            raise InputError(f"{self}: found {told}, expected one per segment ({k})")
        if not (self.widths.min() > 0 and np.isfinite(self.edges[[0, -1]]).all()):
            raise InputError(f"{self}: found edges {self.edges}, expected seconds that increase")

    def __str__(self) -> str:
        return f"{self.dataset}/{self.video_id}"

    @classmethod
    def of(
        cls,
        dataset: str,
        video_id: str,
        edges: Sequence[float],
        score: Iterable[float | None] | None = None,
        kept: Iterable[bool | None] | None = None,
        motion: Iterable[float | None] | None = None,
    ) -> Self:
        """Return a video from lists; None stands for what is not known, of one segment or of all."""
        nothing = [None] * (len(edges) - 1)
        flags = [UNKNOWN if flag is None else int(flag) for flag in (nothing if kept is None else kept)]
        return cls(
            dataset,
            video_id,
            np.asarray(edges, dtype=np.float64),
            _floats(nothing if score is None else score),
            np.array(flags, dtype=np.int8),
            None if motion is None else _floats(motion),
        )

    @cached_property
    def widths(self) -> Floats:
        """How long each segment is, in seconds; shape (K,)."""
        return self.edges[1:] - self.edges[:-1]

    @cached_property
    def in_kept(self) -> Flags:
        """Which segments are kept; shape (K,)."""
        return np.equal(self.kept, 1)

    @cached_property
    def kept_s(self) -> float:
        """How long the kept segments last, in seconds."""
        return float(self.widths[self.in_kept].sum())

    @cached_property
    def lacks_kept(self) -> str | None:
        """Say where the oracle has no important set, or None where it has one of all segments."""
        return _lack("kept flag", self.kept == UNKNOWN)

    @cached_property
    def lacks_score(self) -> str | None:
        """Say where scores are missing, or None where all are there."""
        return _lack("score", np.isnan(self.score))

    @cached_property
    def lacks_kept_score(self) -> str | None:
        """Say where scores of kept segments are missing, or None where all are there."""
        return self.lacks_score and _lack("score", np.isnan(self.score) & self.in_kept)

    @cached_property
    def lacks_motion(self) -> str | None:
        """Say where motion is missing, or None where all is there."""
        motion = np.full(len(self.widths), np.nan) if self.motion is None else self.motion
        return _lack("motion", np.isnan(motion))

    def until(self, end_s: float) -> Self | Failure:
        """Return the same with the last segment stretched or cut to where the video file ends.

        Oracles count durations in their own way; with one end for all, the same condition shows the same
        frames whoever it comes from. Fails where the ends are further apart than the last segment, or than
        the longest beyond it: then these are not the segments of that file.
        """
        if not self.edges[-2] < end_s <= self.edges[-1] + self.widths.max():
            ends = f"the segments end at {self.edges[-1]:g} s, the video at {end_s:g} s"
            return Failure(f"{ends}: they are not of one file")
        return replace(self, edges=np.append(self.edges[:-1], end_s))


def _floats(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _lack(noun: str, missing: Flags) -> str | None:
    if not missing.any():
        return None
    if missing.all():
        return NOTHING[noun]
    where = [str(i) for i in np.flatnonzero(missing)]
    more = f" and {len(where) - NAMED} more" if len(where) > NAMED else ""
    return f"no {noun} for segment{'s' * (len(where) > 1)} {', '.join(where[:NAMED])}{more}"
