"""Storyboard: the class's name and its sub-texts against the frames, coarse and fine.

Sub-texts say what is to be seen while the action happens. They come from a file with several candidate sets
per class, of which the one with the highest text prompt perplexity is kept, with alpha(x) = beta(x) = 1/x:
see `crossoracle.encoders.storyboard` for the definitions, and why. `write` of the module `writer` beside this
one lets a language model of the study write such a file. The form is that without training.

References
----------
Liu et al., Storyboard guided Alignment for Fine-grained Video Action Recognition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np

from crossoracle.encoders import subtexts
from crossoracle.encoders.encoder import Rows
from crossoracle.encoders.storyboard import Told, Weights, cosines, fits, weighed
from crossoracle.encoders.subtexts import Sets, Subtexts
from crossoracle.oracles.adapters.literature.comparing import Comparing, Floats
from crossoracle.oracles.clip import Clip


@dataclass(frozen=True)
class Storyboard(Comparing):
    """Rates a segment by how well its frames fit the name of the action and its sub-texts.

    Parameters
    ----------
    subtexts : str
        A .toml or .json file: for each dataset and label, a list of candidate sets of sub-texts.
    weights : {"fused", "coarse", "fine"}
        By the name and the sub-texts, whose weights are averaged, or by one of the two alone.

    Raises
    ------
    InputError
        An option is out of range.
    """

    subtexts: str = field(kw_only=True)
    weights: Weights = field(default="fused", kw_only=True)

    name: ClassVar[str] = "storyboard"
    meaning: ClassVar[str] = "how well frames fit the action's name and what is to be seen while it happens"
    paths: ClassVar[tuple[str, ...]] = (*Comparing.paths, "subtexts")
    held: ClassVar[tuple[str, ...]] = (*Comparing.held, "_found")
    counting: ClassVar[tuple[str, ...]] = (*Comparing.counting, "weights")
    rule: ClassVar[int] = 2

    def weigh(self, one: Told, frames: Rows, scale: float) -> Floats:
        """Return the weight of each frame for a class, (frames,)."""
        return weighed(one, frames, scale, self.weights)

    def fit(self, every: Sequence[Told], frames: Rows, scale: float) -> Floats:
        """Return how well a clip fits each class, (classes,)."""
        return cosines(every, frames, scale, self.weights)

    def candidates(self, dataset: str, label: str) -> Sets:
        """Return the sets of sub-texts of a class.

        Raises
        ------
        InputError
            The file has none of it.
        """
        return subtexts.of(self._found, dataset, label, self.subtexts)

    def said(self, one: Told, clip: Clip, frames: Rows) -> Sequence[Mapping[str, str | None]]:
        """Return, as the reason of each segment, the sub-text that fits its frames best."""
        if not one.parts:
            return ()
        segment, seen = np.array([frame.segment for frame in clip.frames]), fits(one.parts, frames)
        means = [
            seen[:, segment == s].mean(axis=1) if s in segment else None for s in range(len(clip.segments))
        ]
        return [{"reason": None if mean is None else one.subtexts[int(mean.argmax())]} for mean in means]

    @cached_property
    def _found(self) -> Subtexts:
        return subtexts.read(self.subtexts)
