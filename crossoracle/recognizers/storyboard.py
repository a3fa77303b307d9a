"""Storyboard as a recognizer: a clip's frames, weighed by the words of each class and by its sub-texts.

The embedding of the clip is the sum of its frames by the weights of a class, against the class's text; the
probabilities are the softmax of their scaled cosines. `crossoracle.encoders.storyboard` has the definitions;
the form is that without training. The encoder may be a two-tower, which needs no torch.

References
----------
Liu et al., Storyboard guided Alignment for Fine-grained Video Action Recognition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from scipy.special import softmax

from crossoracle.encoders.embedded import of_clips
from crossoracle.encoders.encoder import Encoder, encoder
from crossoracle.encoders.storyboard import Told, Weights, cosines, told
from crossoracle.encoders.subtexts import Sets, by_label, of, read
from crossoracle.errors import InputError
from crossoracle.recognizers.recognizer import Frames, Probabilities

RULE = 2
"""Counts up when the same encoder would judge the same clip differently."""


@dataclass(frozen=True)
class Storyboard:
    """A recognizer of classes in words.

    Parameters
    ----------
    model : str
        The encoder: the file of a two-tower (.npz), a directory with a model such as CLIP or SigLIP, or the
        name of its repository.
    subtexts : str
        A .toml or .json file: for each dataset and label, a list of candidate sets of sub-texts.
    classes : tuple of str
        The labels of the videos.
    weights : {"fused", "coarse", "fine"}
        By the name and the sub-texts, whose weights are averaged, or by one of the two alone.
    scale : float, optional
        Of cosines before a softmax over frames; the encoder's own by default.
    revision : str, optional
        Of the repository; by default the newest that is known.
    device, dtype : str
        "auto" takes the accelerator where there is one, and the type of the checkpoint.
    frames : int
        How many frames of a clip are looked at.
    dataset : str, optional
        Whose sub-texts count; by default those of the videos' dataset.
    """

    model: str
    subtexts: str
    classes: tuple[str, ...]
    weights: Weights = "fused"
    scale: float | None = None
    revision: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    frames: int = 16
    dataset: str | None = None

    paths: ClassVar[tuple[str, ...]] = ("model", "subtexts")

    def __post_init__(self) -> None:
        if self.frames < 1:
            raise InputError(f"{self.model}: frames is {self.frames}, expected 1 or more; change it")
        if self.scale is not None and not 0 < self.scale < np.inf:
            raise InputError(f"{self.model}: scale = {self.scale}, expected a number above 0; change it")

    def describe(self) -> dict[str, Any]:
        """Return, as JSON, all that a prediction depends on beside its classes; no weights are loaded."""
        sets = {label: [list(texts) for texts in some] for label, some in self._sets.items()}
        shown = {"subtexts": sets, "weights": self.weights, "scale": self.scale, "frames": self.frames}
        return {"family": "storyboard", "rule": RULE, "encoder": self._encoder.describe(), **shown}

    def prepare(self, frames: Frames) -> Frames:
        """Return frames as small as the encoder looks at them."""
        return self._encoder.prepare(list(frames))

    def predict(self, clips: Sequence[Frames]) -> Probabilities:
        """Return the probability of each class for each clip, shape (clips, classes)."""
        own = self._encoder.scale
        scale = self.scale or own
        rows = of_clips(self._encoder, clips)
        seen = [cosines(self._told, frames, scale, self.weights) for frames in rows]
        return np.asarray(softmax(own * np.stack(seen), axis=1), dtype=np.float64)

    def close(self) -> None:
        """Let go of the model and its memory."""
        self.__dict__.pop("_told", None)
        self._encoder.close()

    @cached_property
    def _told(self) -> list[Told]:
        return [told(self._encoder, label, self._sets[label]) for label in self.classes]

    @cached_property
    def _sets(self) -> dict[str, Sets]:
        found = read(self.subtexts)
        if self.dataset is None:
            return by_label(found, self.classes, self.subtexts)
        return {label: of(found, self.dataset, label, self.subtexts) for label in self.classes}

    @cached_property
    def _encoder(self) -> Encoder:
        return encoder(self.model, revision=self.revision, device=self.device, dtype=self.dtype)
