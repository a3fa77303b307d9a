"""What a recognizer is: a frozen model that takes so many frames and gives each class a probability.

It learns nothing here. What it sees is decided elsewhere: `prepare` makes frames as small as the model wants
them, once for each frame of a video; `predict` takes clips of such frames, of several videos at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from crossoracle.manifests import Manifest

Frames = NDArray[np.uint8]
"""Frames of one size, shape (frames, height, width, 3), RGB."""

Probabilities = NDArray[np.float64]


class Recognizer(Protocol):
    """A frozen model; a frozen dataclass whose fields are its options in study.toml."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its classes, in the order of its probabilities."""

    @property
    def frames(self) -> int:
        """How many frames a clip has (T)."""

    def describe(self) -> dict[str, Any]:
        """Return, as JSON, all that a prediction depends on beside frames and names of classes."""

    def prepare(self, frames: Frames) -> Frames:
        """Return frames of one video, each as small as the model takes it; called from several threads."""

    def predict(self, clips: Sequence[Frames]) -> Probabilities:
        """Return the probability of each class for each clip, shape (clips, classes).

        Parameters
        ----------
        clips : sequence of uint8 array, (T, height, width, 3)
            Prepared frames in the order in which they are shown; the sizes of clips may differ.

        Raises
        ------
        InputError
            The device has not enough memory.
        """

    def close(self) -> None:
        """Let go of the memory."""


@dataclass(frozen=True)
class RecognizerSpec(Manifest[type[Recognizer]]):
    """The manifest of a family of recognizers; nothing is imported before `load`, which returns its class.

    Parameters
    ----------
    open_vocabulary : bool
        Whether it takes any classes: then it is made with ``classes``, the labels of the videos table, and
        those of one dataset compete for a video of it.
    """

    noun: ClassVar[str] = "recognizer"

    open_vocabulary: bool = field(default=False, kw_only=True)
