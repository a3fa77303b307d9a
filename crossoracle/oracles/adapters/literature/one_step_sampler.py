"""A policy that looks once, lightly, and says which few frames a recognizer should see.

Trained on labelled videos by the loss of a frozen recognizer on the frames that were drawn; it is told no
class. A segment's score is the mass that the policy has in it, P(YES) the recognizer's probability of the
class, against the best other, on the likeliest frames. The formulas are in `crossoracle.encoders.skim`. What
is skimmed are image features of small pictures, in place of the paper's light convolutional network.

As a condition of this oracle, ``graded`` shows frames as densely as the policy has mass, and ``budget@f`` the
segments that have the most.

References
----------
Lin et al. (2022), OCSampler: Compressing Videos to One Clip with Single-step Sampling, CVPR.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from crossoracle.encoders.devices import device_of
from crossoracle.encoders.learned import Learned
from crossoracle.encoders.schooling import Course, Progress, alone
from crossoracle.encoders.skim import Design, Loss, best, learn, skimmed
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.comparing import per_segment
from crossoracle.oracles.adapters.literature.frozen import (
    Frames,
    Frozen,
    Teacher,
    frozen,
    placed,
    stacked,
)
from crossoracle.oracles.adapters.literature.schooled import Floats, Rows, Schooled
from crossoracle.oracles.adapters.probe import against_best
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Question


@dataclass(frozen=True)
class OneStepSampler(Schooled):
    """Answers by the mass of a policy.

    Parameters
    ----------
    recognizer : str
        The frozen recognizer: its file, relative to the study, its directory, or the name of its repository.
    family : str
        Its family, as in a section [recognizers.NAME].
    recognizer_options : mapping
        Further options of that family.
    budget : int
        How many frames the recognizer is shown, each as often as it takes to fill its clip.
    hidden : int
        Channels of the skim network.
    draws : int
        Clips that are drawn of a video in a step of training.
    entropy : float
        How much the entropy of the policy counts against the loss.
    batch : int
        Videos of a step of training.

    Raises
    ------
    InputError
        An option is out of range.
    """

    epochs: int = 10
    recognizer: str = ""
    family: str = "probe"
    recognizer_options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    budget: int = 8
    hidden: int = 16
    draws: int = 4
    entropy: float = 0.1
    batch: int = 64

    name: ClassVar[str] = "one-step-sampler"
    places: ClassVar[tuple[str, ...]] = (*Schooled.places, "recognizer")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.recognizer:
            raise InputError(
                f"{self.name}: found no recognizer, expected the file of a frozen one; write recognizer ="
            )
        least = {"draws": 2, "hidden": 1, "batch": 1, "entropy": 0, "budget": 1}
        for name, lowest in least.items():
            if not getattr(self, name) >= lowest:
                found = f"{name} = {getattr(self, name)}, expected at least {lowest}"
                raise InputError(f"{self.name}: {found}; change it")
        if self.budget > self.frames:
            found = f"budget = {self.budget}, expected at most the {self.frames} frames of a training video"
            raise InputError(f"{self.name}: {found}; change it")

    @classmethod
    def nested(cls, values: Mapping[str, Any], directory: Path) -> dict[str, Any]:
        """Return the recognizer's options, of which those that its family declares are files of the study."""
        options = values.get("recognizer_options")
        if not options:
            return {}
        return {"recognizer_options": placed(values.get("family", cls.family), options, directory)}

    def ingredients(self) -> dict[str, Any]:
        """Return, as JSON, what the result of training depends on."""
        found = super().ingredients()
        for name in ("recognizer", "recognizer_options"):
            del found["options"][name]
        return {**found, "recognizer": self._frozen.describe()}

    def describe(self, question: Question) -> dict[str, Any]:
        """Return all that the answer depends on: what was learned, or from what, the recognizer, the clip."""
        return {**super().describe(question), "recognizer": self._frozen.describe(), "budget": self.budget}

    async def close(self) -> None:
        """Let go of what was learned, and of the recognizer."""
        await super().close()
        if "_frozen" in self.__dict__:
            self._frozen.close()

    def taught(self, course: Course, progress: Progress) -> Learned:
        """Learn from the lessons; whether the recognizer knows their classes is seen before they are."""
        teachers = {name: Teacher.of(self._frozen, name, known) for name, known in self.datasets.items()}
        seen = list(self.watch(self._seen, progress))
        taught = self.by_dataset([rows for rows, _ in seen])
        loss: dict[str, Loss] = {}
        for name, classes in self.datasets.items():
            clips = [clip for one, (_, clip) in zip(self.lessons, seen, strict=True) if one.dataset == name]
            own = np.array([classes.index(label) for label in taught[name].labels])
            loss[name] = _loss(teachers[name], clips, own)
        design = Design(self.budget, self.hidden, self.draws, self.entropy, self.batch, self.seed)
        return learn(taught, loss, design, course, progress, device_of(self.device))

    def judged(self, learned: Learned, clip: Clip, own: int, rows: Rows) -> tuple[Floats, float]:
        """Return the mass of each frame of a clip, and P(YES)."""
        with alone(), torch.inference_mode():
            logp = skimmed(learned.own(clip.dataset), learned.rows(clip.dataset, rows)[None])[0]
            mass, chosen = logp.cpu().double().exp().numpy(), best(logp, self.budget)
        teacher = Teacher.of(self._frozen, clip.dataset, learned.classes[clip.dataset])
        shown = stacked([clip.frames[i].pixels() for i in chosen])
        p = teacher.probabilities([self._frozen.prepare(shown)])[0]
        return mass, against_best(p, own)

    def of_segments(self, counts: Floats, clip: Clip) -> list[float | None]:
        """Return the mass of each segment, the sum over its frames; None where it has none."""
        many = np.bincount([frame.segment for frame in clip.frames], minlength=len(clip.segments))
        means = per_segment(counts, clip)
        return [None if mean is None else mean * int(n) for mean, n in zip(means, many, strict=True)]

    def _seen(self, pictures: list[Frames]) -> tuple[Rows, Frames]:
        """Return what is skimmed of a training video, and its frames as the recognizer takes them."""
        return self.sight.frames(pictures), self._frozen.prepare(stacked(pictures))

    @cached_property
    def _frozen(self) -> Frozen:
        known = self.datasets if self.train is not None else self.learned().classes
        labels = sorted({label for classes in known.values() for label in classes})
        return frozen(self.family, self.recognizer, self.recognizer_options, labels)


def _loss(teacher: Teacher, clips: Sequence[Frames], own: NDArray[np.int64]) -> Loss:
    """Return what the recognizer loses on frames of the training videos of a dataset."""

    def lost(videos: NDArray[np.int64], frames: NDArray[np.int64]) -> Floats:
        shown = [clips[video][some] for video, some in zip(videos, frames, strict=True)]
        return teacher.losses(shown, own[videos])

    return lost
