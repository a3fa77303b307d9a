"""Krippendorff's coincidences: pairs of ratings of one segment, over all pairs of oracles.

A segment with r ratings contributes each unordered pair with weight 2 / (r - 1), both orders counted, so
that the margin of the table is the number of pairable ratings of each level. The weights are held as whole
numbers, multiplied by the least common multiple of the r - 1 that occur.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import lcm

import numpy as np

from crossoracle.agreement.coefficient import CellTally, Counted, Floats, Levels
from crossoracle.agreement.levels import Cells, Codes, coded, sparse_counts
from crossoracle.agreement.ratings import Ratings


@dataclass(frozen=True)
class Scaled:
    """Cells of a table whose counts are multiplied by ``scale``."""

    cells: Cells
    scale: int

    @property
    def values(self) -> Floats:
        """Value of each level."""
        return self.cells.values

    def only(self, some: Codes) -> Scaled:
        """Return some of the cells, with the same levels."""
        return Scaled(self.cells.only(some), self.scale)


@dataclass(frozen=True)
class Coincidences:
    """Krippendorff's coincidences of unordered pairs of levels, (cells, ...), both orders counted.

    ``counts`` are multiplied by ``scale``.
    """

    counts: Floats
    about: Scaled

    @property
    def cells(self) -> Cells:
        """The pairs of levels."""
        return self.about.cells

    @property
    def scale(self) -> int:
        """What counts are multiplied by."""
        return self.about.scale

    @cached_property
    def margin(self) -> Floats:
        """Number of pairable ratings of each level, (levels, ...)."""
        both = self.cells.into_x + self.cells.into_y
        return np.asarray(both @ self.counts, dtype=np.float64) / (2 * self.scale)


def count_coincidences(ratings: Ratings, oracles: tuple[int, ...], levels: Levels) -> Counted:
    """Count pairs of ratings of a segment, each weighing 2 / (r - 1); ``about`` is `Cells`."""
    codes, values = coded(ratings, oracles, levels)
    codes[:, ~ratings.lined_up(oracles)[ratings.video_of_segment()]] = -1
    r, size = (codes >= 0).sum(axis=0), max(len(values), 1)
    pairs = [(np.flatnonzero((x >= 0) & (y >= 0)), x, y) for x, y in combinations(codes, 2)]
    where = np.concatenate([both for both, _, _ in pairs])
    low = np.concatenate([np.minimum(x[both], y[both]) for both, x, y in pairs])
    high = np.concatenate([np.maximum(x[both], y[both]) for both, x, y in pairs])
    order = np.argsort(where, kind="stable")
    where, pair = where[order], (low * size + high)[order]
    cell, column = np.unique(pair, return_inverse=True)
    video = ratings.video_of_segment()[where]
    scale = lcm(*np.unique(r[where] - 1).tolist())
    weight = (2 * scale // (r[where] - 1)).astype(np.int32)
    columns = sparse_counts(video, column, weight, (len(cell), ratings.videos))
    return Counted(
        columns, ratings.per_video(r >= 2), Scaled(Cells(cell // size, cell % size, values), scale)
    )


COINCIDENCES = CellTally("coincidences", count_coincidences, Coincidences)
