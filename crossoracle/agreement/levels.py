"""Levels: the distinct scores of a row's oracles, fixed under resampling; and tables of counts over them.

`JointTable` counts how often two oracles give each pair of levels, `Coincidences` the same over all pairs
of oracles, and `Units` what segments with any number of ratings add up to.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import CellTally, Counted, Floats, Levels, StackTally, mean
from crossoracle.agreement.ratings import Ratings, Stack
from crossoracle.errors import InputError
from crossoracle.stats.ranks import collapse

MOST = 128  # levels beyond which categories stop being meaningful, and --bins is asked for
Codes = NDArray[np.int64]


def coded(ratings: Ratings, oracles: tuple[int, ...], levels: Levels) -> tuple[Codes, Floats]:
    """Return the code of each score (oracles, segments), -1 where missing, and the value of each code.

    Scores that differ by less than 1e-12 are one level. Bins are equal-width over [0, 1] and stand for
    their mid-points.
    """
    score = np.round(ratings.score[list(oracles)], 12)
    missing = np.isnan(score)
    if levels.bins is not None:
        values = (np.arange(levels.bins) + 0.5) / levels.bins
        codes = np.minimum(np.nan_to_num(score) * levels.bins, levels.bins - 1).astype(np.int64)
    else:
        values = np.unique(score[~missing]) if levels.given is None else np.unique(np.round(levels.given, 12))
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


@dataclass(frozen=True)
class Cells:
    """The distinct pairs of levels of a joint table: codes x, y (cells,) and the value of each level."""

    x: Codes
    y: Codes
    values: Floats


@dataclass(frozen=True)
class JointTable:
    """Counts of pairs of levels, (cells, ...), of segments that both oracles rate."""

    counts: Floats
    cells: Cells

    @property
    def levels(self) -> Floats:
        """Value of each level, (levels,)."""
        return self.cells.values

    @cached_property
    def a(self) -> Floats:
        """Margin of the first oracle, (levels, ...)."""
        return collapse(self.counts, self.cells.x, len(self.levels))

    @cached_property
    def b(self) -> Floats:
        """Margin of the second oracle, (levels, ...)."""
        return collapse(self.counts, self.cells.y, len(self.levels))

    @cached_property
    def n(self) -> Floats:
        """Number of segments, (...)."""
        return np.asarray(self.counts.sum(axis=0))

    @cached_property
    def agree(self) -> Floats:
        """Number of segments with equal levels, (...)."""
        return np.asarray(self.counts[self.cells.x == self.cells.y].sum(axis=0))

    @cached_property
    def distance(self) -> Floats:
        """Sum of absolute score differences, (...)."""
        gap = np.abs(self.levels[self.cells.x] - self.levels[self.cells.y])
        return np.tensordot(gap, self.counts, axes=1)


def count_joint(ratings: Ratings, oracles: tuple[int, ...], levels: Levels) -> Counted:
    """Count the pairs of levels of two oracles; ``about`` is `Cells`."""
    codes, values = coded(ratings, oracles, levels)
    both = (codes >= 0).all(axis=0) & ratings.lined_up(oracles)[ratings.video_of_segment()]
    video = ratings.video_of_segment()[both]
    cell, column = np.unique(codes[0, both] * len(values) + codes[1, both], return_inverse=True)
    cells = Cells(cell // max(len(values), 1), cell % max(len(values), 1), values)
    columns = sparse_counts(video, column, np.ones(len(video)), (ratings.videos, len(cell)))
    return Counted(columns, ratings.per_video(both), cells)


def sparse_counts(video: Codes, column: Codes, data: Floats, shape: tuple[int, int]) -> sp.csr_array:
    """Return a sparse (videos, columns) matrix from entries sorted by video; equal places add up."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(video, minlength=shape[0]))])
    return sp.csr_array((data, column.astype(np.int32), starts.astype(np.int32)), shape=shape)


@dataclass(frozen=True)
class Units:
    """What segments with any number of ratings r add up to, over levels k and oracles g.

    ``units``, ``pairable`` (...): segments with at least one rating, with at least two. Sums over the
    pairable ones: ``agree``, ``distance``, ``squares``: share of agreeing pairs, mean absolute and squared
    difference of pairs; ``matched``: r times ``agree``. ``share`` (k, ...): mean over units of the share of
    a level; ``coincident`` (k, ...): pairable ratings of a level; ``margins`` (g, k, ...): shares of the
    levels in each oracle's own ratings.
    """

    units: Floats
    pairable: Floats
    agree: Floats
    matched: Floats
    share: Floats
    coincident: Floats
    margins: Floats
    levels: Floats
    distance: Floats | None = None
    squares: Floats | None = None


def name_levels(sums: Floats, about: tuple[int, Floats]) -> Units:
    """Name the columns of `count_levels`: six sums, then counts by oracle g, by r and by level k."""
    k, levels = about
    units, pairable, agree, matched, distance, squares = sums[:6]
    counts = sums[6:].reshape(k, k, len(levels), *sums.shape[1:])
    by_r = counts.sum(axis=0)
    share = mean(np.tensordot(1 / np.arange(1.0, k + 1), by_r, axes=1), units)
    margins = counts.sum(axis=1)
    margins = mean(margins, margins.sum(axis=1, keepdims=True))
    coincident = by_r[1:].sum(axis=0)
    return Units(units, pairable, agree, matched, share, coincident, margins, levels, distance, squares)


def count_levels(ratings: Ratings, oracles: tuple[int, ...], levels: Levels) -> Counted:
    """Count the levels of all oracles; ``about`` is (number of oracles, values of the levels)."""
    codes, values = coded(ratings, oracles, levels)
    codes[:, ~ratings.lined_up(oracles)[ratings.video_of_segment()]] = -1
    k, r = len(codes), (codes >= 0).sum(axis=0)
    segment, g = np.nonzero((codes >= 0).T)
    column = 6 + (g * k + r[segment] - 1) * len(values) + codes[g, segment]
    shape = (ratings.videos, 6 + k * k * len(values))
    cells = sparse_counts(ratings.video_of_segment()[segment], column, np.ones(len(g)), shape)
    reach = np.pad(np.cumsum(_observed(codes, values, r), axis=1), ((0, 0), (1, 0)))
    sums = sp.csr_array((reach[:, ratings.offset[1:]] - reach[:, ratings.offset[:-1]]).T)
    sums.resize(shape)
    return Counted(sp.csr_array(cells + sums), ratings.per_video(r >= 2), (k, values))


def _observed(codes: Codes, values: Floats, r: Codes) -> Floats:
    agree, distance, squares = np.zeros((3, codes.shape[1]))
    for x, y in combinations(codes, 2):
        both = (x >= 0) & (y >= 0)
        gap = np.where(both, values[x] - values[y], 0.0) if len(values) else np.zeros(len(both))
        agree += both & (x == y)
        distance += np.abs(gap)
        squares += gap**2
    pairs = np.maximum(r * (r - 1) / 2, 1)
    agree /= pairs
    return np.stack([(r >= 1).astype(float), r >= 2, agree, r * agree, distance / pairs, squares / pairs])


def count_flags(stack: Stack, oracles: tuple[int, ...], _: float) -> tuple[Floats, ...]:
    """Count the kept flags of all oracles: the same sums over two levels, fewer columns."""
    kept = stack.kept[list(oracles)]
    known = (kept >= 0) & stack.lined_up(oracles)[:, None]
    yes = known & (kept == 1)
    r, r1 = known.sum(axis=0), yes.sum(axis=0)
    pairable = r >= 2
    agree = (r1 * (r1 - 1) + (r - r1) * (r - r1 - 1)) / np.maximum(r * (r - 1), 1)
    sums = [
        r >= 1,
        pairable,
        agree,
        r * agree,
        r1 / np.maximum(r, 1),
        pairable * r,
        pairable * r1,
        *known,
        *yes,
    ]
    return pairable.sum(axis=1).astype(float), *(column.sum(axis=1).astype(float) for column in sums)


def name_flags(units: Floats, pairable: Floats, agree: Floats, matched: Floats, *rest: Floats) -> Units:
    """Name the columns of `count_flags`."""
    share, n, n1, *margins = rest
    known, yes = np.split(np.stack(margins), 2)
    share, own = mean(share, units), mean(yes, known)
    levels = np.array([0.0, 1.0])
    both = np.stack([1 - share, share]), np.stack([n - n1, n1]), np.stack([1 - own, own], axis=1)
    return Units(units, pairable, agree, matched, *both, levels)


@dataclass(frozen=True)
class Coincidences:
    """Krippendorff's coincidences of unordered pairs of levels, (cells, ...), both orders counted."""

    counts: Floats
    cells: Cells

    @cached_property
    def margin(self) -> Floats:
        """Number of pairable ratings of each level, (levels, ...)."""
        size = len(self.cells.values)
        return (collapse(self.counts, self.cells.x, size) + collapse(self.counts, self.cells.y, size)) / 2


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
    columns = sparse_counts(video, column, 2.0 / (r[where] - 1), (ratings.videos, len(cell)))
    return Counted(columns, ratings.per_video(r >= 2), Cells(cell // size, cell % size, values))


JOINT = CellTally("joint table", count_joint, JointTable)
LEVELS = CellTally("level counts", count_levels, name_levels)
COINCIDENCES = CellTally("coincidences", count_coincidences, Coincidences)
FLAGS = StackTally("flag counts", count_flags, name_flags)
