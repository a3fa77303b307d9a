"""Krippendorff's coincidences: pairs of ratings of one segment, over all pairs of oracles.

A segment with r ratings contributes each unordered pair with weight 2 / (r - 1), both orders counted, so
that the margin of the table is the number of pairable ratings of each level. The weights are held as whole
numbers, multiplied by the least common multiple of the r - 1 that occur, unless that is large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations
from math import lcm

import numpy as np

from crossoracle.agreement.coefficient import CellTally, Counted, Floats, Levels
from crossoracle.agreement.joint import Cells, added
from crossoracle.agreement.levels import Codes, coded, distinct, sparse_counts
from crossoracle.agreement.margins import over_levels
from crossoracle.agreement.ratings import Ratings

MOST_SCALE = 1 << 20  # beyond, sums would not be exact in single precision anyway


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
        return np.asarray(self.cells.into_both @ self.counts, dtype=np.float64) / (2 * self.scale)

    def bilinear(self, p: Floats) -> Floats:
        """Return the sum over pairs of ratings of p at one level times p at the other; p (levels, ...)."""
        products = np.take(p.astype(self.counts.dtype), self.cells.y, axis=0)
        products *= self.counts
        return over_levels(p, self.cells.into_x @ products) / self.scale


@dataclass(frozen=True)
class Joined:
    """The coincidences of several sets of videos, with the same levels: what they count is added up."""

    tables: Sequence[Coincidences]

    margin = added("margin")

    def bilinear(self, p: Floats) -> Floats:
        """Return the sum over pairs of ratings of p at one level times p at the other; p (levels, ...)."""
        return reduce(np.add, [table.bilinear(p) for table in self.tables])


def count_coincidences(ratings: Ratings, oracles: tuple[int, ...], levels: Levels) -> Counted:
    """Count pairs of ratings of a segment, each weighing 2 / (r - 1); ``about`` is `Scaled`."""
    codes, values = coded(ratings, oracles, levels)
    r, size = (codes >= 0).sum(axis=0), len(values)
    pairs = list(combinations(codes, 2))
    # a row per segment, so that the entries come out in the order of the videos
    pair = np.full((codes.shape[1], len(pairs)), -1, dtype=np.int64)
    for row, (x, y) in zip(pair.T, pairs, strict=True):
        both = (x >= 0) & (y >= 0)
        row[both] = np.minimum(x, y)[both].astype(np.int64) * size + np.maximum(x, y)[both]
    entries = (pair >= 0).sum(axis=1)
    cell, column = distinct(pair[pair >= 0], size**2)
    scale = lcm(*np.unique(r[r >= 2] - 1).tolist())
    whole = scale <= MOST_SCALE
    scale = scale if whole else 1
    weight = np.repeat(2 * scale / np.maximum(r - 1, 1), entries)
    weight = weight.astype(np.int32) if whole else weight
    reach = np.concatenate([[0], np.cumsum(entries)])
    columns = sparse_counts(np.diff(reach[ratings.offset]), column, weight, len(cell))
    cells = Cells(cell // max(size, 1), cell % max(size, 1), values)
    return Counted(columns, ratings.per_video(r >= 2), Scaled(cells, scale))


COINCIDENCES = CellTally("coincidences", count_coincidences, Coincidences, Joined)
