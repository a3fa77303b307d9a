"""Krippendorff's coincidences: pairs of ratings of one segment, over all pairs of oracles.

A segment with r ratings contributes each unordered pair with weight 2 / (r - 1), both orders counted, so
that the margin of the table is the number of pairable ratings of each level.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from crossoracle.agreement.coefficient import CellTally, Counted, Floats, Levels
from crossoracle.agreement.levels import Cells, coded, sparse_counts
from crossoracle.agreement.ratings import Ratings


@dataclass(frozen=True)
class Coincidences:
    """Krippendorff's coincidences of unordered pairs of levels, (cells, ...), both orders counted."""

    counts: Floats
    cells: Cells

    @cached_property
    def margin(self) -> Floats:
        """Number of pairable ratings of each level, (levels, ...)."""
        return np.asarray((self.cells.into_x + self.cells.into_y) @ self.counts) / 2


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
    columns = sparse_counts(video, column, 2.0 / (r[where] - 1), (len(cell), ratings.videos))
    return Counted(columns, ratings.per_video(r >= 2), Cells(cell // size, cell % size, values))


COINCIDENCES = CellTally("coincidences", count_coincidences, Coincidences)
