"""Test-time adaptation: a video is told apart from itself, in three steps, without any training before.

1. A pseudo-label for the video: the mean of its frames against the texts of all classes. P(YES) is the
   probability of the label that is asked for, against the best other one.
2. Refinement on this video alone: frames that resemble the label by a smoothed similarity, above a threshold
   that moves with them, are drawn together and towards its text, the others away (`refinement`); the score of
   a segment is the mean similarity of its frames afterwards.
3. Regions above the moving threshold are told by the caption nearest to them; those whose caption is nearer
   to another class are suppressed: their frames fall back to the lowest score, and are not important.

Without captions the third step is left out, and so it is for a region of which a captioner says nothing.

References
----------
Liberatori et al. (2024), Test-Time Zero-Shot Temporal Action Localization, CVPR (T3AL). There captions are
written by a captioner (CoCa), and can be here (``captioned``); without one they are chosen from a list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from scipy.special import softmax

from crossoracle.encoders.captioner import Timed, written
from crossoracle.encoders.embedded import embedded
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.comparing import Floats, per_segment, rescaled
from crossoracle.oracles.adapters.literature.refinement import Training, adapted, refine
from crossoracle.oracles.adapters.literature.regions import Region, agreeing, inside, regions, smoothed
from crossoracle.oracles.adapters.literature.watching import Rating, Task, Watching, clearest
from crossoracle.oracles.adapters.probe import against_best
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Question

HALF = 0.5
"""The share of a segment's frames in regions from which it may be important, if any segment has as many."""


@dataclass(frozen=True)
class TestTime(Watching):
    """Answers by similarities that were refined on the clip itself.

    Parameters
    ----------
    steps, rate : int, float
        How often the adapter is changed in training, and how far each time; 0 leaves it as it is.
    drawn : int
        How many frames that resemble the action, and how many others, a step looks at, at most.
    smooth_s : float
        The window over which similarities are averaged, in seconds.
    threshold_s : float
        The wider window over which the threshold that moves along is averaged, in seconds.
    contradiction : float
        How much nearer the caption of a region must be to another class, in cosine, to be suppressed.
    seed : int
        Of the frames that training looks at.
    captioned : str, optional
        A file of captions of these videos, lines of JSON with dataset, video_id, time_s and caption; for
        videos that are in it, they take the place of the list.
    scale : float, optional
        Of cosines before the softmax over classes; the encoder's own by default.
    kept_from : float
        Of the segments in regions, those from this share of the way from lowest to highest are important.
    """

    steps: int = 20
    rate: float = 0.05
    drawn: int = 16
    smooth_s: float = 0.75
    threshold_s: float = 4.0
    contradiction: float = 0.2
    seed: int = 0
    captioned: str | None = None

    paths: ClassVar[tuple[str, ...]] = (*Watching.paths, "captioned")
    held: ClassVar[tuple[str, ...]] = (*Watching.held, "_of_videos")
    counting: ClassVar[tuple[str, ...]] = (
        *Watching.counting,
        *("steps", "rate", "drawn", "smooth_s", "threshold_s", "contradiction", "seed"),
    )
    name: ClassVar[str] = "test-time"
    meaning: ClassVar[str] = "how well the mean of its frames fits the action"
    __test__: ClassVar[bool] = False  # pytest takes its name for that of a test

    def __post_init__(self) -> None:
        super().__post_init__()
        least = {"steps": 0, "rate": 0, "drawn": 1, "smooth_s": 0, "threshold_s": self.smooth_s}
        least["contradiction"] = 0
        for option, low in least.items():
            found = getattr(self, option)
            if not found >= low:
                raise InputError(f"{self.name}: {option} = {found}, expected {low} or more; change it")
        _ = self._of_videos  # what is wrong with captions is told at once

    def describe(self, question: Question) -> dict[str, Any]:
        """Return all that the answer depends on, with what a captioner wrote about this video."""
        return super().describe(question) | {"captioned": self._of_video(question.clip)}

    def presence(self, clip: Clip, task: Task) -> float:
        """Return the probability of the label for the video as a whole, against the best other (step 1)."""
        mean = self._rows(clip).mean(axis=0)
        mean /= max(float(np.linalg.norm(mean)), np.finfo(float).tiny)
        found = softmax((self.scale or self._encoder.scale) * (task.rows @ mean))
        return against_best(np.asarray(found, dtype=np.float64), task.own)

    def rated(self, clip: Clip, task: Task) -> Rating:
        """Return the refined similarities, without what captions contradict."""
        values, found, left = self._refined(clip, task)
        scores = rescaled(per_segment(values, clip))
        within = np.zeros(len(values))
        for first, last in left:
            within[first : last + 1] = 1
        share = [part or 0.0 for part in per_segment(within, clip)]
        enough = min(HALF, max(share))
        inner = [score if part >= enough else None for score, part in zip(scores, share, strict=True)]
        evidence = f"{len(left)} of {len(found)} regions agree with the label"
        return Rating(scores, clearest(inner, self.kept_from), evidence)

    def _refined(self, clip: Clip, task: Task) -> tuple[Floats, tuple[Region, ...], tuple[Region, ...]]:
        """Return the similarity of each frame, the regions, and those that no caption contradicts."""
        rows, text = self._rows(clip), task.rows[task.own].astype(np.float64)
        times = np.array([frame.time_s for frame in clip.frames])
        windows = times, self.smooth_s, self.threshold_s
        training, rng = Training(self.steps, self.rate, self.drawn), self._rng(clip)
        adapter = refine(rows, text, inside(rows @ text, *windows), training, rng)
        values = smoothed(adapted(adapter, rows) @ text, times, self.smooth_s)
        found = regions(inside(values, *windows))
        left = self._agreeing(clip, rows, found, task)
        for first, last in set(found) - set(left):
            values[first : last + 1] = values.min()
        return values, found, left

    def _agreeing(
        self, clip: Clip, rows: Floats, found: tuple[Region, ...], task: Task
    ) -> tuple[Region, ...]:
        """Return the regions whose caption does not speak of another class (step 3)."""
        timed = self._of_video(clip)
        if timed is not None:
            told = self._told_at(clip, timed, found)
        elif self._captions:
            texts = self._rows_of_captions.astype(np.float64)
            means = np.stack([rows[first : last + 1].mean(axis=0) for first, last in found])
            told = texts[(means @ texts.T).argmax(axis=1)]
        else:
            return found
        return agreeing(found, told, task.rows.astype(np.float64), task.own, self.contradiction)

    def _told_at(self, clip: Clip, timed: Timed, found: tuple[Region, ...]) -> Floats:
        """Return the mean embedding of the captions of each region, by their nearest frames; NaN for none."""
        times = np.array([frame.time_s for frame in clip.frames])
        nearest = np.array([int(np.abs(times - time_s).argmin()) for time_s, _ in timed])
        texts = self._encoder.texts([caption for _, caption in timed]).astype(np.float64)
        told = np.full((len(found), texts.shape[1]), np.nan)
        for i, (first, last) in enumerate(found):
            within = (first <= nearest) & (nearest <= last)
            if within.any():
                told[i] = texts[within].mean(axis=0)
        return told

    def _of_video(self, clip: Clip) -> Timed | None:
        return self._of_videos.get((clip.dataset, clip.video_id))

    @cached_property
    def _of_videos(self) -> Mapping[tuple[str, str], Timed]:
        return written(Path(self.captioned)) if self.captioned is not None else {}

    def _rows(self, clip: Clip) -> Floats:
        return embedded(self._encoder, clip, self.cache).astype(np.float64)

    def _rng(self, clip: Clip) -> np.random.Generator:
        name = hashlib.sha256(f"{self.seed} {clip.dataset} {clip.label} {clip.digest}".encode()).digest()
        return np.random.default_rng(np.frombuffer(name, dtype="<u4"))
