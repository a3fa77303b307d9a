"""The model of a probe oracle: one feature, and one linear classifier for each dataset it was trained on.

It learns what whole videos show, what each of their segments shows, and what some of their segments show
together, as they are left by greedy removal; what shows no evidence has the class NOTHING.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders import saved
from crossoracle.encoders.features import Feature, Frames, Rows, feature
from crossoracle.encoders.linear import Linear, fit
from crossoracle.encoders.pooling import pooled

Floats = NDArray[np.float64]
KIND = "judge"
NOTHING = ""
"""The class of what shows no evidence."""

CLEAR = 0.4
"""The evidence from which a segment has the class of its video."""

PARTS = 6
"""Random parts of a training video that are learned from, beside the whole and its segments."""

SHARE = (0.2, 0.9)
"""How likely a segment is in such a part: drawn between these."""

ENOUGH = 0.5
"""The share of all evidence of a video from which a part has its class."""

WHOLE = 4.0
"""How much a whole video counts against a part of it."""

STRENGTH = 0.01


@dataclass(frozen=True, eq=False)
class Judge:
    """A frozen model that says how likely a class is, of a clip and of each part of it.

    Parameters
    ----------
    feature : Feature
        What it sees.
    heads : mapping of str to Linear
        By dataset.
    """

    feature: Feature
    heads: Mapping[str, Linear]

    def rows(self, frames: Frames) -> Rows:
        """Return the features of prepared frames in the order of time, one row each."""
        return self.feature.of(frames)

    def classes(self, dataset: str) -> tuple[str, ...]:
        """Return the classes of a dataset, NOTHING among them; none where it was not trained on it."""
        return self.heads[dataset].classes if dataset in self.heads else ()

    def probabilities(self, dataset: str, parts: Sequence[Rows]) -> Floats:
        """Return the probability of each class of a dataset, (parts, classes), from the rows of parts."""
        return self.heads[dataset].probabilities(np.stack([pooled(rows) for rows in parts]))

    def save(self, path: Path) -> None:
        """Write it into a file."""
        saved.write(path, KIND, {"feature": self.feature.name}, self.heads)


def load(path: Path) -> Judge:
    """Read a model.

    Raises
    ------
    InputError
        The file is not there, damaged or of another kind.
    """
    about, heads = saved.read(path, KIND)
    return Judge(feature(about["feature"]), heads)


@dataclass(frozen=True, eq=False)
class Lesson:
    """A training video.

    Parameters
    ----------
    label : str
        Its class.
    rows : float array, (frames, d)
        The features of its frames.
    segment : int array, (frames,)
        Which segment each frame belongs to.
    evidence : float array, (segments,)
        How much of its class each segment shows, in [0, 1].
    """

    label: str
    rows: Rows
    segment: NDArray[np.int64]
    evidence: Floats


def learn(name: str, lessons: Mapping[str, Sequence[Lesson]], *, seed: int = 0) -> Judge:
    """Train a model on the rows of a feature.

    Parameters
    ----------
    name : str
        Of the feature.
    lessons : mapping of str to sequence of Lesson
        The training videos by dataset.
    seed : int
        Of the random parts that are learned from.
    """
    rng = np.random.default_rng(seed)
    return Judge(feature(name), {dataset: _head(some, rng) for dataset, some in lessons.items()})


def _head(lessons: Sequence[Lesson], rng: np.random.Generator) -> Linear:
    seen = [part for lesson in lessons for part in _parts(lesson, rng)]
    x = np.stack([pooled(rows) for rows, _, _ in seen])
    share = np.array([weight for _, _, weight in seen])
    return fit(x, [label for _, label, _ in seen], strength=STRENGTH, share=share)


def _parts(lesson: Lesson, rng: np.random.Generator) -> Iterator[tuple[Rows, str, float]]:
    """Yield what is learned from a video: the rows, their class, and how much they count.

    What shows some evidence, but too little to tell, is left out.
    """
    n, total = len(lesson.evidence), lesson.evidence.sum()
    yield lesson.rows, lesson.label, WHOLE
    alone = [(np.arange(n) == s, lesson.evidence[s] >= CLEAR) for s in range(n)]
    drawn = [rng.random(n) < rng.uniform(*SHARE) for _ in range(PARTS)]
    some = [(part, lesson.evidence[part].sum() >= ENOUGH * total) for part in drawn]
    for part, enough in alone + some:
        rows, without = lesson.rows[part[lesson.segment]], not lesson.evidence[part].any()
        if len(rows) and (without or enough):
            yield rows, NOTHING if without else lesson.label, 1.0
