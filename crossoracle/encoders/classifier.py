"""The model of the probe recognizer: frames in temporal order against the classes of all datasets.

A clip is T frames. It is seen as a whole (the mean over its frames), and position by position: what each
frame shows, and what changes from one to the next. So it knows the order of time, and is at its best with
clips that are spread as those it was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crossoracle.encoders import saved
from crossoracle.encoders.features import Frames, Rows, colours, edges, prepared, texture
from crossoracle.encoders.linear import Floats, Linear, fit
from crossoracle.encoders.pooling import pooled

KIND = "recognizer"
STRENGTH = 0.003


@dataclass(frozen=True, eq=False)
class Classifier:
    """A frozen recognizer.

    Parameters
    ----------
    frames : int
        How many frames a clip has (T).
    head : Linear
        The classifier of the features of clips.
    """

    frames: int
    head: Linear

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its classes."""
        return self.head.classes

    def prepare(self, frames: Frames) -> Frames:
        """Return frames of the size that its features are computed on."""
        return prepared(frames)

    def probabilities(self, clips: Sequence[Frames]) -> Floats:
        """Return the probability of each class for each clip, (clips, classes)."""
        return self.head.probabilities(np.stack([_clip(one) for one in clips]))

    def save(self, path: Path) -> None:
        """Write it into a file."""
        saved.write(path, KIND, {"frames": self.frames}, {"clip": self.head})


def load(path: Path) -> Classifier:
    """Read a recognizer.

    Raises
    ------
    InputError
        The file is not there, damaged or of another kind.
    """
    about, heads = saved.read(path, KIND)
    return Classifier(about["frames"], heads["clip"])


def learn(clips: Sequence[Frames], labels: Sequence[str]) -> Classifier:
    """Train a recognizer on prepared clips, (T, SIDE, SIDE, 3) each, all of the same number of frames."""
    x = np.stack([_clip(one) for one in clips])
    return Classifier(len(clips[0]), fit(x, labels, strength=STRENGTH))


def _clip(frames: Frames) -> Rows:
    """Return the features of a clip."""
    return np.concatenate([pooled(see(frames)) for see in (edges, colours, texture)])
