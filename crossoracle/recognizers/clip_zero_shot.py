"""Image-text models such as CLIP and SigLIP: each frame against what is said of the classes, frames averaged.

A class is the mean of the embeddings of what is said of it (or the most similar of these), a clip the mean of
its frames' embeddings, each of length 1; probabilities are the softmax of their scaled cosines (Radford et
al., 2021; several descriptions per class as in Menon and Vondrick, 2023). The order of frames does not count.

References
----------
Radford et al. (2021), Learning Transferable Visual Models From Natural Language Supervision, ICML.
Menon and Vondrick (2023), Visual Classification via Description from Large Language Models, ICLR.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from crossoracle.encoders.embedded import of_clips
from crossoracle.encoders.encoder import Encoder, encoder
from crossoracle.encoders.two_tower import unit
from crossoracle.errors import InputError
from crossoracle.recognizers.descriptions import described
from crossoracle.recognizers.recognizer import Frames, Probabilities

PLACE = "{label}"
Pooling = Literal["mean", "max"]


@dataclass(frozen=True)
class ClipZeroShot:
    """An image-text model that was never trained on the classes.

    Parameters
    ----------
    model : str
        The path of a directory, or the name of a repository on the Hugging Face hub.
    classes : tuple of str
        The labels of the videos.
    revision : str, optional
        Of the repository; by default the newest that is known.
    device, dtype : str
        "auto" takes the accelerator where there is one, and the type of the checkpoint.
    frames : int
        How many frames of a clip are looked at.
    prompts : tuple of str
        What is said of a class; "{label}" stands for its name, with spaces for underscores.
    descriptions : str, optional
        A .toml or .json file with further texts about classes: a list by label, or by dataset and label.
    pooling : {"mean", "max"}
        Whether a class is the mean of its texts, or whichever of them fits best.
    """

    model: str
    classes: tuple[str, ...]
    revision: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    frames: int = 16
    prompts: tuple[str, ...] = ("a video of {label}.", "a photo of {label}.", "a person doing {label}.")
    descriptions: str | None = None
    pooling: Pooling = "mean"

    paths: ClassVar[tuple[str, ...]] = ("model", "descriptions")

    def __post_init__(self) -> None:
        if self.frames < 1:
            raise InputError(f"{self.model}: frames is {self.frames}, expected 1 or more; change it")
        for prompt in self.prompts:
            if PLACE not in prompt:
                raise InputError(f"{self.model}: found prompt {prompt!r}, expected {PLACE} in it; add it")
        if not self.prompts:
            raise InputError(f"{self.model}: found no prompts, expected at least one; drop the option")

    def describe(self) -> dict[str, Any]:
        """Return, as JSON, all that a prediction depends on beside its classes; no weights are loaded."""
        shown = {"prompts": list(self.prompts), "frames": self.frames}
        further = self._descriptions
        more = {"descriptions": further, "pooling": self.pooling} if further or self.pooling != "mean" else {}
        return {**self._encoder.describe(), "family": "clip-zero-shot", **shown, **more}

    def prepare(self, frames: Frames) -> Frames:
        """Return frames as the model's processor resizes and crops them."""
        return self._encoder.prepare(list(frames))

    def predict(self, clips: Sequence[Frames]) -> Probabilities:
        """Return the probability of each class for each clip, shape (clips, classes)."""
        seen = unit(np.stack([rows.mean(axis=0) for rows in of_clips(self._encoder, clips)]))
        fits = [seen.astype(np.float64) @ texts.T for texts in self._named]
        logits = np.stack([fit.max(axis=1) for fit in fits], axis=1)
        return np.asarray(softmax(self._encoder.scale * logits, axis=1), dtype=np.float64)

    def close(self) -> None:
        """Let go of the model and its memory."""
        self.__dict__.pop("_named", None)
        self._encoder.close()

    @cached_property
    def _named(self) -> list[NDArray[np.float32]]:
        """The embeddings of each class: one of them, or those of all its texts."""
        said = [self._said(label) for label in self.classes]
        rows = self._encoder.texts([text for texts in said for text in texts])
        ends = np.cumsum([len(texts) for texts in said])[:-1]
        every = np.split(rows, ends)
        return every if self.pooling == "max" else [unit(one.mean(axis=0, keepdims=True)) for one in every]

    def _said(self, label: str) -> list[str]:
        name = label.replace("_", " ")
        return [*(prompt.replace(PLACE, name) for prompt in self.prompts), *self._descriptions.get(label, ())]

    @cached_property
    def _descriptions(self) -> dict[str, tuple[str, ...]]:
        return {} if self.descriptions is None else described(self.descriptions, self.classes)

    @cached_property
    def _encoder(self) -> Encoder:
        return encoder(self.model, revision=self.revision, device=self.device, dtype=self.dtype)
