"""Action sensitivity: how much each frame counts for its class, by a Gaussian of the class and by itself.

Trained on labelled videos. There are no temporal labels: the whole video is the instance, relative position
is that in the video, and the sensitivity is that to classification. A segment's score is the mean sensitivity
of its frames for the class of the video, P(YES) the probability of that class against the best other, by
frames weighted by their sensitivity. The formulas are in `crossoracle.encoders.sensitivity`.

References
----------
Shao et al. (2023), Action Sensitivity Learning for Temporal Action Localization, ICCV.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import torch

from crossoracle.encoders.devices import device_of
from crossoracle.encoders.learned import Learned
from crossoracle.encoders.schooling import Course, Progress, alone
from crossoracle.encoders.sensing import Design, learn
from crossoracle.encoders.sensitivity import sensed
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.schooled import Floats, Rows, Schooled
from crossoracle.oracles.adapters.probe import against_best
from crossoracle.oracles.clip import Clip

Parts = Literal["both", "class", "frame"]


@dataclass(frozen=True)
class ActionSensitivity(Schooled):
    """Answers by the sensitivity of frames.

    Parameters
    ----------
    hidden : int
        Channels of the embedding of a frame.
    drop : float
        How likely a channel is left out of a step of training.
    contrast : float
        How much the contrastive loss counts.
    batch : int
        Videos of a step of training.
    parts : {"both", "class", "frame"}
        By which part of the sensitivity segments are rated: the Gaussian of the class, what is said of the
        frame, or both. What is learned, and P(YES), are the same.

    Raises
    ------
    InputError
        An option is out of range.
    """

    hidden: int = 32
    drop: float = 0.5
    contrast: float = 0.2
    batch: int = 64
    parts: Parts = "both"

    name: ClassVar[str] = "action-sensitivity"
    answering: ClassVar[tuple[str, ...]] = (*Schooled.answering, "parts")

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.hidden, self.batch) < 1 or not (0 <= self.drop < 1 and self.contrast >= 0):
            found = {name: getattr(self, name) for name in ("hidden", "batch", "drop", "contrast")}
            expected = "at least 1, at least 1, a share below 1, and none below 0"
            raise InputError(f"{self.name}: found {found}, expected {expected}; change it")
        if self.parts not in get_args(Parts):
            known = ", ".join(get_args(Parts))
            raise InputError(f"{self.name}: parts = {self.parts!r}, expected one of {known}; change it")

    def taught(self, course: Course, progress: Progress) -> Learned:
        """Learn from the lessons."""
        rows = list(self.watch(self.sight.frames, progress))
        design = Design(
            hidden=self.hidden, drop=self.drop, contrast=self.contrast, batch=self.batch, seed=self.seed
        )
        return learn(self.by_dataset(rows), design, course, progress, device_of(self.device))

    def judged(self, learned: Learned, clip: Clip, own: int, rows: Rows) -> tuple[Floats, float]:
        """Return the sensitivity of each frame of a clip for its class, and P(YES)."""
        with alone(), torch.inference_mode():
            seen = learned.rows(clip.dataset, rows)
            places = [frame.time_s / clip.duration_s for frame in clip.frames]
            found = sensed(learned.own(clip.dataset), seen, torch.tensor(places).to(seen))
            rates = {"both": found.sensitivity[:, own], "class": found.prior[:, own], "frame": found.quality}
            counts: Floats = rates[self.parts].cpu().double().numpy()
            p = found.probabilities.cpu().double().numpy()
        return counts, against_best(p, own)
