"""The model of the probe recognizer: frames in temporal order against the classes of all datasets.

A clip is T frames. It is seen as a whole (the mean over its frames: what is seen for longer counts more), and
by what moves in each half of it. So it knows the order of time, and is at its best with clips that are spread
as those it was trained on. It sees edges, and knows nothing of colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crossoracle.encoders import saved
from crossoracle.encoders.features import SIDE, Frames, Rows, edges, prepared
from crossoracle.encoders.linear import Floats, Linear, fit
from crossoracle.encoders.pooling import averaged

KIND = "recognizer"
STRENGTH = 0.01

AT_ONCE = 128
"""Frames whose features are computed together: with more of them, memory is what takes the time."""


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
        return self.head.probabilities(_features(clips))

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
    return Classifier(len(clips[0]), fit(_features(clips), labels, strength=STRENGTH))


def _features(clips: Sequence[Frames]) -> Rows:
    """Return the features of clips, one row each; a frame that several clips show is looked at once."""
    places: dict[bytes, int] = {}
    where = [[places.setdefault(frame.tobytes(), len(places)) for frame in clip] for clip in clips]
    distinct = np.frombuffer(b"".join(places), dtype=np.uint8).reshape(-1, SIDE, SIDE, 3)
    rows = np.concatenate([edges(distinct[i : i + AT_ONCE]) for i in range(0, len(distinct), AT_ONCE)])
    return np.stack([averaged(rows[frames]) for frames in where])
