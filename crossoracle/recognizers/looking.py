"""A video, looked at once for all conditions: opened, its frames decoded, its clips put together.

What cannot be seen becomes a row with its reason: a file that is no video, a condition that leaves nothing.
Rows that are there already, made from the same, are passed over; where all are, nothing is decoded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossoracle.errors import VideoError
from crossoracle.provenance import digest
from crossoracle.recognizers.clips import Clips, Prepare
from crossoracle.recognizers.clips import Shown as Pictures
from crossoracle.recognizers.showing import Asked, Shown, shown
from crossoracle.recognizers.videos import Key, Video
from crossoracle.sampling.frames import shown as frames_shown
from crossoracle.sampling.scored import Failure, Scored
from crossoracle.tables.motion import Motions
from crossoracle.video import decode
from crossoracle.video.motion import motion_per_segment
from crossoracle.video.segments import Segments

WAY = 1
"""Counts up when the same video under the same condition would be shown in another way."""


@dataclass(frozen=True)
class Row:
    """One row of the predictions: still to be predicted, or failed.

    Parameters
    ----------
    key : Key
        Oracle, run and condition.
    digest : str
        Of all that it is made from.
    failure : str, optional
        Why nothing is predicted.
    kept_fraction : float, optional
        The share of the duration that can be seen.
    distinct_frames : int, optional
        How many different frames of the video are seen; blanked ones are none.
    clips : tuple of int
        Which of the video's clips these are.
    """

    key: Key
    digest: str
    failure: str | None = None
    kept_fraction: float | None = None
    distinct_frames: int | None = None
    clips: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Looked:
    """A video with the rows that are new, and the clips that these are predicted from."""

    video: Video
    rows: Sequence[Row]
    clips: Sequence[Pictures] = ()


@dataclass(frozen=True)
class Eye:
    """How videos are looked at.

    Parameters
    ----------
    asked : Asked
        What is shown.
    about : callable
        Returns what predictions of a video depend on beside its file and the condition, as JSON.
    prepare : callable
        The recognizer's.
    fill : str
        What is shown in place of frames that are blanked.
    cache : Path, optional
        Where measurements of motion are kept.
    moving : Motions, optional
        Motion that was measured elsewhere; it is not measured again.
    """

    asked: Asked
    about: Callable[[Video], Mapping[str, Any]]
    prepare: Prepare
    fill: str = "black"
    cache: Path | None = None
    moving: Motions | None = None

    def look(self, video: Video) -> Looked:
        """Look at a video; called from several threads."""
        try:
            if video.path is None:
                raise VideoError("found no path in the videos table, expected one; fill in the column path")
            return self._look(video, video.path)
        except (VideoError, OSError) as error:
            told = str(error).removeprefix(f"{video.path}: ")
            made = self._digest(video, failure=told)
            rows = [Row(key, made, told) for key in self.asked.rows()]
            return Looked(video, [row for row in rows if _is_new(video, row)])

    def _look(self, video: Video, path: Path) -> Looked:
        line, file = decode.timeline(path), digest(path)
        seen = shown(video, line.end_s, self.asked, lambda scored: self._motion(path, scored))
        failed: list[Row] = []
        wanted: dict[Key, tuple[Shown, NDArray[np.int64], str]] = {}
        for key, one in seen.items():
            if isinstance(one, Failure):
                failed.append(Row(key, self._digest(video, file=file, failure=one.reason), one.reason))
                continue
            frames = frames_shown(one.instants, line.times)
            made = self._digest(video, file=file, **self._sight(one, frames))
            if video.done.get(key) != made:
                wanted[key] = one, frames, made
        failed = [row for row in failed if _is_new(video, row)]
        if not wanted:
            return Looked(video, failed)
        needed = np.concatenate([frames.ravel() for _, frames, _ in wanted.values()])
        clips = Clips(path, line, needed, self.prepare, self.fill)
        rows = [_row(key, clips, *found) for key, found in wanted.items()]
        return Looked(video, [*failed, *rows], clips.made)

    def _motion(self, path: Path, video: Scored) -> NDArray[np.float64]:
        moving = self.moving
        there = moving.of(video.dataset, video.video_id, video.edges) if moving is not None else None
        if there is not None:
            return there
        return motion_per_segment(path, Segments(tuple(video.edges.tolist())), cache=self.cache)

    def _sight(self, one: Shown, frames: NDArray[np.int64]) -> dict[str, Any]:
        blanked = {"hidden": one.hidden.tolist(), "fill": self.fill} if one.hidden.any() else {}
        return {"frames": frames.tolist(), "kept_fraction": one.kept_fraction, **blanked}

    def _digest(self, video: Video, **more: Any) -> str:
        about = {"way": WAY, "about": self.about(video), **more}
        return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _row(key: Key, clips: Clips, one: Shown, frames: NDArray[np.int64], made: str) -> Row:
    places = tuple(clips.add(*clip) for clip in zip(frames, one.hidden, strict=True))
    return Row(key, made, None, one.kept_fraction, clips.distinct(frames[~one.hidden]), places)


def _is_new(video: Video, row: Row) -> bool:
    return video.done.get(row.key) != row.digest
