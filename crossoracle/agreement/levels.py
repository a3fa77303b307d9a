"""Levels: the distinct scores of a row's oracles, fixed under resampling; and the joint table of two oracles.

A table is sparse, one row per video and one column per pair of levels that occurs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import CellTally, Counted, Floats, Levels
from crossoracle.agreement.ratings import DECIMALS, Ratings
from crossoracle.errors import InputError

MOST = 128  # levels beyond which categories stop being meaningful, and --bins is asked for
Codes = NDArray[np.int64]


def coded(ratings: Ratings, oracles: tuple[int, ...], levels: Levels) -> tuple[Codes, Floats]:
    """Return the code of each score (oracles, segments), -1 where missing, and the value of each code.

    Bins are equal-width over [0, 1] and stand for their mid-points.
    """
    score = ratings.score[list(oracles)]
    missing = np.isnan(score)
    if levels.bins is not None:
        values = (np.arange(levels.bins) + 0.5) / levels.bins
        codes = np.minimum(np.nan_to_num(score) * levels.bins, levels.bins - 1).astype(np.int64)
    else:
        values = (
            np.unique(score[~missing])
            if levels.given is None
            else np.unique(np.round(levels.given, DECIMALS))
        )
        codes = np.searchsorted(values, np.where(missing, values[0] if len(values) else 0.0, score))
        _check_given(score, values, codes, missing)
    return np.where(missing, -1, codes), values


def _check_given(score: Floats, values: Floats, codes: Codes, missing: NDArray[np.bool_]) -> None:
    known = (
        np.isclose(values[np.minimum(codes, len(values) - 1)], score, atol=1e-9, rtol=0)
        if len(values)
        else missing
    )
    if not (known | missing).all():
        strange = score[~(known | missing)][0]
        raise InputError(
            f"score {strange:g} is none of the {len(values)} given levels; add it, or use --bins"
        )


def indicator(code: Codes, levels: int) -> sp.csr_array:
    """Return the 0/1 matrix (levels, cells) of a code per cell."""
    ones = np.ones(len(code), dtype=np.int8)  # takes the type of what it is multiplied by
    return sp.csr_array((ones, (code, np.arange(len(code)))), shape=(levels, len(code)))


@dataclass(frozen=True)
class Cells:
    """The distinct pairs of levels of a joint table: codes x, y (cells,) and the value of each level."""

    x: Codes
    y: Codes
    values: Floats

    def only(self, some: Codes) -> Cells:
        """Return some of the cells, with the same levels."""
        return Cells(self.x[some], self.y[some], self.values)

    @cached_property
    def gaps(self) -> sp.csr_array:
        """The absolute difference of the levels of each cell, (1, cells)."""
        return sp.csr_array(np.abs(self.values[self.x] - self.values[self.y])[None])

    @cached_property
    def into_x(self) -> sp.csr_array:
        """The 0/1 matrix (levels, cells) that sums cells into the first margin."""
        return indicator(self.x, len(self.values))

    @cached_property
    def into_y(self) -> sp.csr_array:
        """The 0/1 matrix (levels, cells) that sums cells into the second margin."""
        return indicator(self.y, len(self.values))


@dataclass(frozen=True)
class JointTable:
    """Counts of pairs of levels, (cells, ...), of segments that both oracles rate.

    ``balance`` is the number of concordant minus discordant pairs of segments, where it is known without
    the table (`pairs`).
    """

    counts: Floats
    cells: Cells
    balance: Floats | None = None

    @property
    def levels(self) -> Floats:
        """Value of each level, (levels,)."""
        return self.cells.values

    @cached_property
    def a(self) -> Floats:
        """Margin of the first oracle, (levels, ...)."""
        return np.asarray(self.cells.into_x @ self.counts, dtype=np.float64)

    @cached_property
    def b(self) -> Floats:
        """Margin of the second oracle, (levels, ...)."""
        return np.asarray(self.cells.into_y @ self.counts, dtype=np.float64)

    @cached_property
    def n(self) -> Floats:
        """Number of segments, (...)."""
        return np.asarray(self.a.sum(axis=0))

    @cached_property
    def agree(self) -> Floats:
        """Number of segments with equal levels, (...)."""
        return np.asarray(self.counts[self.cells.x == self.cells.y].sum(axis=0, dtype=np.float64))

    @cached_property
    def distance(self) -> Floats:
        """Sum of absolute score differences, (...)."""
        gaps = self.cells.gaps.astype(self.counts.dtype)
        return np.asarray((gaps @ self.counts)[0], dtype=np.float64)


def count_joint(ratings: Ratings, oracles: tuple[int, ...], levels: Levels) -> Counted:
    """Count the pairs of levels of two oracles; ``about`` is `Cells`."""
    codes, values = coded(ratings, oracles, levels)
    both = (codes >= 0).all(axis=0) & ratings.lined_up(oracles)[ratings.video_of_segment()]
    video = ratings.video_of_segment()[both]
    cell, column = np.unique(codes[0, both] * len(values) + codes[1, both], return_inverse=True)
    cells = Cells(cell // max(len(values), 1), cell % max(len(values), 1), values)
    columns = sparse_counts(video, column, np.ones(len(video), np.int32), (len(cell), ratings.videos))
    return Counted(columns, ratings.per_video(both), cells)


def sparse_counts(
    video: Codes, column: Codes, data: NDArray[np.int32] | Floats, shape: tuple[int, int]
) -> sp.csc_array:
    """Return a sparse (columns, videos) matrix from entries sorted by video; equal places add up."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(video, minlength=shape[1]))])
    return sp.csc_array((data, column.astype(np.int32), starts.astype(np.int32)), shape=shape)


JOINT = CellTally("joint table", count_joint, JointTable)
