"""Saliency: the words of the class's name against the frames, the single-granularity baseline of storyboard.

The weight of a frame is the mean, over the words of the label, of the softmax over frames of their cosine; a
clip is the sum of its frames by these weights, against the label as a text.

References
----------
Wu et al. (2023), Bidirectional Cross-Modal Knowledge Exploration for Video Recognition with Pre-trained
Vision-Language Models, CVPR (BIKE, video concept spotting).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from crossoracle.encoders.encoder import Rows
from crossoracle.encoders.storyboard import Told, cosines, weighed
from crossoracle.oracles.adapters.literature.comparing import Comparing, Floats


@dataclass(frozen=True)
class Saliency(Comparing):
    """Rates a segment by how well its frames fit the words of the label."""

    name: ClassVar[str] = "saliency"
    meaning: ClassVar[str] = "how well frames fit the words of the action's name"

    def weigh(self, one: Told, frames: Rows, scale: float) -> Floats:
        """Return the weight of each frame for a class, (frames,)."""
        return weighed(one, frames, scale, "coarse")

    def fit(self, every: Sequence[Told], frames: Rows, scale: float) -> Floats:
        """Return how well a clip fits each class, (classes,)."""
        return cosines(every, frames, scale, "coarse")
