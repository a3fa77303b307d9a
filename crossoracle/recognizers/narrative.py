"""Narrative as a recognizer: a clip is told in captions, and its class is read from the words alone.

The frames of a clip get tokens that neighbours share, tokens get captions, and the embeddings of the captions
are compared with those of the classes (`crossoracle.encoders.captioning`). Whoever wants a language model to
read the narrative asks the oracle ``narrative-reader``. The encoder may be a two-tower, which needs no torch.

References
----------
Peng et al. (2025), LVLM-VAR, arXiv 2509.05695.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from crossoracle.encoders.captioning import captioned, captions, looked_up
from crossoracle.encoders.codebook import Codebook, learn, read
from crossoracle.encoders.describing import Texts, about, called, class_rows, descriptions, sentence_wrong
from crossoracle.encoders.encoder import Encoder, Rows, encoder
from crossoracle.errors import InputError
from crossoracle.provenance import digest
from crossoracle.recognizers.recognizer import Frames, Probabilities


@dataclass(frozen=True)
class Narrative:
    """A recognizer that reads what captions say of the classes.

    Parameters
    ----------
    model : str
        The encoder: a two-tower (.npz), or a model such as CLIP: its directory, or its repository.
    classes : tuple of str
        The labels of the videos.
    captions : str, optional
        A file of captions, one a line; by default the texts of all classes are what can be told.
    codebook : str, optional
        A file of tokens (`crossoracle.encoders.tokens`); by default each clip has tokens of its own.
    descriptions, dataset : str, optional
        A file of texts by dataset and label; whose of them count, by default those of the videos' dataset.
    sentence : str
        What is said of a class without one; "{label}" stands for its name.
    tokens, seed, switch : int, int, float
        How many tokens a clip has of its own, at most; the seed of k-means; what a change of tokens costs.
    scale : float, optional
        Of cosines before the softmax over classes and frames; the encoder's own by default.
    revision, device, dtype : str, optional
        Of a checkpoint: the newest, the accelerator where there is one, and its own type by default.
    frames : int
        How many frames of a clip are looked at.
    """

    model: str
    classes: tuple[str, ...]
    captions: str | None = None
    codebook: str | None = None
    descriptions: str | None = None
    sentence: str = "a video of {label}"
    tokens: int = 16
    seed: int = 0
    switch: float = 0.1
    scale: float | None = None
    revision: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    frames: int = 16
    dataset: str | None = None

    paths: ClassVar[tuple[str, ...]] = ("model", "captions", "codebook", "descriptions")

    def __post_init__(self) -> None:
        for option, least in {"frames": 1, "tokens": 1, "switch": 0}.items():
            found = getattr(self, option)
            if not found >= least:
                raise InputError(f"{self.model}: {option} is {found}, expected {least} or more; change it")
        if self.scale is not None and not 0 < self.scale < np.inf:
            raise InputError(f"{self.model}: scale = {self.scale}, expected a number above 0; change it")
        wrong = sentence_wrong(self.sentence)
        if wrong is not None:
            raise InputError(f"{self.model}: sentence: {wrong}")

    def describe(self) -> dict[str, Any]:
        """Return, as JSON, all that a prediction depends on beside its classes; no weights are loaded."""
        shown = {name: getattr(self, name) for name in ("tokens", "seed", "switch", "scale", "frames")}
        shown["texts"] = [list(texts) for texts in self._texts]
        _ = self._sayable  # what is wrong with captions is told before anything is looked at
        files = {"captions": self.captions, "codebook": self.codebook}
        read_in = {name: file and digest(_there(file)) for name, file in files.items()}
        return {"family": "narrative", "encoder": self._encoder.describe(), **shown, **read_in}

    def prepare(self, frames: Frames) -> Frames:
        """Return frames as small as the encoder looks at them."""
        return self._encoder.prepare(list(frames))

    def predict(self, clips: Sequence[Frames]) -> Probabilities:
        """Return the probability of each class for each clip, shape (clips, classes)."""
        rows, said = class_rows(self._encoder, self._texts), self._encoder.texts(self._sayable)
        scale = self.scale or self._encoder.scale
        return np.stack([looked_up(self._told(clip, said), rows, scale) for clip in clips])

    def close(self) -> None:
        """Let go of the model and its memory."""
        self.__dict__.pop("_learned", None)
        self._encoder.close()

    def _told(self, clip: Frames, said: Rows) -> Rows:
        rows = self._encoder.embed(clip)
        book = self._learned or learn(rows, self.tokens, seed=self.seed)
        return said[captioned(rows, book, said, self.switch)]

    @cached_property
    def _texts(self) -> tuple[Texts, ...]:
        if self.descriptions is None:
            return called(self.classes, self.sentence, {})
        found = about(descriptions(self.descriptions), self.dataset, self.classes, self.descriptions)
        return called(self.classes, self.sentence, found)

    @cached_property
    def _sayable(self) -> tuple[str, ...]:
        if self.captions is not None:
            return captions(Path(self.captions))
        return tuple(dict.fromkeys(text for texts in self._texts for text in texts))

    @cached_property
    def _learned(self) -> Codebook | None:
        return read(Path(self.codebook), self._encoder.describe()) if self.codebook is not None else None

    @cached_property
    def _encoder(self) -> Encoder:
        return encoder(self.model, revision=self.revision, device=self.device, dtype=self.dtype)


def _there(file: str) -> Path:
    path = Path(file)
    if not path.is_file():
        raise InputError(f"{path}: found no such file; correct the path, which is relative to the study")
    return path
