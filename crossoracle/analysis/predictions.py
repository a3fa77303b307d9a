"""Predictions: the in-memory form of their table, views x videos.

A view is one condition of one recognizer, as one run of one oracle chose its frames; the oracle is null where
the condition needs none. A group is what one oracle and run can be asked: its own views, and those that need
no oracle. Videos are sorted by dataset and video_id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from crossoracle.options import METRICS

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
MISSING, FAILED, PREDICTED = 0, 1, 2


@dataclass(frozen=True)
class View:
    """One condition under which a recognizer saw videos; ``oracle`` is None where none chose the frames."""

    recognizer: str | None
    oracle: str | None
    run: str
    condition: str


@dataclass(frozen=True)
class Group:
    """What one oracle and run (or none) can be asked with one recognizer.

    ``views`` maps conditions, in order, to positions in ``Predictions.views``; ``own`` are those conditions
    that depend on the oracle. A contrast of others alone belongs to the group without an oracle.
    """

    recognizer: str | None
    oracle: str | None
    run: str
    views: dict[str, int]
    own: frozenset[str]

    def has(self, conditions: Sequence[str]) -> bool:
        """Return whether a comparison of these conditions is this group's."""
        return any(name in self.own for name in conditions)


@dataclass(frozen=True)
class Predictions:
    """What recognizers said of the same videos under several conditions.

    Attributes
    ----------
    datasets : tuple of str; dataset : array, shape (videos,)
        Names in order, and the position of each video's name.
    video_id, label : arrays of str, shape (videos,)
        The label is None where it is unknown.
    cluster : array, shape (videos,)
        Position of the video's cluster among the sorted clusters of its dataset.
    duration : array, shape (videos,)
        In seconds, NaN where unknown.
    views : tuple of View
    values : array, shape (3, views, videos)
        top1 and top5 as 0 or 1, and p_true; NaN where failed or missing.
    kept : array, shape (views, videos)
        Share of the duration that could be seen, NaN where unknown.
    state : array of int8, shape (views, videos)
        MISSING, FAILED or PREDICTED.
    named : tuple of int
        How many classes each dataset has, where more of its videos are known than have predictions.
    """

    datasets: tuple[str, ...]
    dataset: NDArray[np.int64]
    video_id: NDArray[np.object_]
    label: NDArray[np.object_]
    cluster: NDArray[np.int64]
    duration: Floats
    views: tuple[View, ...]
    values: Floats
    kept: Floats
    state: NDArray[np.int8]
    notes: tuple[str, ...] = ()
    named: tuple[int, ...] = ()

    @property
    def videos(self) -> int:
        """Number of videos."""
        return len(self.dataset)

    @cached_property
    def places(self) -> tuple[slice, ...]:
        """Where the videos of each dataset stand."""
        edges = np.searchsorted(self.dataset, np.arange(len(self.datasets) + 1)).tolist()
        return tuple(slice(a, b) for a, b in pairwise(edges))

    def within(self, place: int) -> slice:
        """Return where the videos of a dataset stand, or all videos where the place is -1."""
        return slice(None) if place < 0 else self.places[place]

    @cached_property
    def clusters(self) -> dict[str, int]:
        """Number of clusters of each dataset."""
        return {
            name: int(self.cluster[place].max()) + 1
            for name, place in zip(self.datasets, self.places, strict=True)
        }

    @cached_property
    def classes(self) -> tuple[int, ...]:
        """Number of classes of each dataset, 0 where no video has a label."""
        if self.named:
            return self.named
        return tuple(
            len({label for label in self.label[place] if label is not None}) for place in self.places
        )

    def chance(self, metric: str) -> Floats:
        """Return what guessing gives for each video, (videos,): 1/classes, or 5/classes for five guesses.

        Undefined (NaN) where fewer than two classes are known.
        """
        classes, guesses = np.array([*self.classes, 0], dtype=float), 5 if metric == "top5" else 1
        known = np.where(classes > 1, np.minimum(1, guesses / np.maximum(classes, 1)), np.nan)
        return np.asarray(known[self.dataset])

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that there is at least one value of."""
        return tuple(
            name for name, rows in zip(METRICS, self.values, strict=True) if not np.isnan(rows).all()
        )

    @cached_property
    def recognizers(self) -> tuple[str | None, ...]:
        """Their names in order; None first."""
        return tuple(sorted({view.recognizer for view in self.views}, key=lambda name: name or ""))

    def seen(self, recognizer: str | None) -> Mask:
        """Return which videos a recognizer has a row of, whatever came of it."""
        rows = [i for i, view in enumerate(self.views) if view.recognizer == recognizer]
        return np.asarray((self.state[rows] != MISSING).any(axis=0))

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """One group per recognizer, oracle and run."""
        own: dict[tuple[str | None, str | None, str], dict[str, int]] = {}
        for i, view in enumerate(self.views):
            own.setdefault((view.recognizer, view.oracle, view.run), {})[view.condition] = i
        found = []
        for (recognizer, oracle, run), views in own.items():
            free = {} if oracle is None else self._free(recognizer, run)
            every = {name: i for name, i in free.items() if name not in views} | views
            ordered = dict(sorted(every.items(), key=lambda known: self._order[known[0]]))
            found.append(Group(recognizer, oracle, run, ordered, frozenset(views)))
        return tuple(found)

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Every condition, in order."""
        return tuple(sorted({view.condition for view in self.views}))

    @cached_property
    def _order(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.conditions)}

    def _free(self, recognizer: str | None, run: str) -> dict[str, int]:
        """Return the conditions that need no oracle: of the same run where there is one, or of the first."""
        found: dict[str, int] = {}
        for i, view in enumerate(self.views):
            if (view.recognizer, view.oracle) == (recognizer, None):
                known = found.get(view.condition)
                if known is None or view.run == run:
                    found[view.condition] = i
        return found
