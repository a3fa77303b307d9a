"""The oracle that has no idea: seeded random scores, the same for the same video and run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from crossoracle.oracles.adapters.plain import Plain
from crossoracle.oracles.oracle import Question


@dataclass(frozen=True)
class Random(Plain):
    """Rates segments at random, uniformly from 0 to 1.

    Parameters
    ----------
    kept_share : float
        The share of the segments that counts as important; as adapters without a model have it.
    seed : int
        What the scores of every video and run derive from.
    """

    seed: int = 0

    name: ClassVar[str] = "random"

    def rated(self, question: Question) -> Sequence[float]:
        """Return one score per segment, from (seed, dataset, video_id, sample) and nothing else."""
        clip = question.clip
        name = json.dumps([self.seed, clip.dataset, clip.video_id, question.sample])
        rng = np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()))
        return [float(score) for score in rng.random(len(clip.segments))]

    def describe(self, question: Question) -> dict[str, Any]:
        """Return all that the answer depends on; the sample too, so that runs differ."""
        return super().describe(question) | {"sample": question.sample}
