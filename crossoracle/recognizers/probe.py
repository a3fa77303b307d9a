"""The probe: a small classifier of image features in temporal order, read from the file it was trained into.

The classifier itself is `crossoracle.encoders.classifier`: its ``load(path)`` returns what has ``classes``,
``frames``, ``prepare(frames)`` and ``probabilities(clips)``, with the shapes of `Recognizer`. It was trained
once, on a training split, and is only read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from crossoracle.errors import InputError
from crossoracle.provenance import digest
from crossoracle.recognizers.recognizer import Frames, Probabilities

READER = "crossoracle.encoders.classifier"


@dataclass(frozen=True)
class Probe:
    """A trained classifier.

    Parameters
    ----------
    model : str
        Its file, relative to the study.
    """

    model: str = "recognizer.npz"

    paths: ClassVar[tuple[str, ...]] = ("model",)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its classes."""
        return tuple(map(str, self._classifier.classes))

    @property
    def frames(self) -> int:
        """How many frames a clip has."""
        return int(self._classifier.frames)

    def describe(self) -> dict[str, Any]:
        """Return, as JSON, all that a prediction depends on: the digest of the file."""
        return {"family": "probe", "version": self._version}

    def prepare(self, frames: Frames) -> Frames:
        """Return frames of the size that its features are computed on."""
        return np.asarray(self._classifier.prepare(frames), dtype=np.uint8)

    def predict(self, clips: Sequence[Frames]) -> Probabilities:
        """Return the probability of each class for each clip, shape (clips, classes)."""
        return np.asarray(self._classifier.probabilities(clips), dtype=np.float64)

    def close(self) -> None:
        """Let go of the classifier."""
        for held in ("_classifier", "_version"):
            self.__dict__.pop(held, None)

    @property
    def _file(self) -> Path:
        path = Path(self.model)
        if not path.is_file():
            raise InputError(
                f"recognizer probe: found no file {path}, expected a trained classifier; write model = and "
                "its path into its section of study.toml"
            )
        return path

    @cached_property
    def _version(self) -> str:
        return digest(self._file)

    @cached_property
    def _classifier(self) -> Any:
        return import_module(READER).load(self._file)
