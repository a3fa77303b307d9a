"""Segments with any number of ratings: what they add up to over levels and oracles.

A unit is a segment; r is its number of ratings. Kept flags are the two levels 0 and 1 and are counted
narrowly; score levels are counted sparsely, by oracle, by r and by level.

References
----------
Gwet (2014), *Handbook of Inter-Rater Reliability*, 4th ed., chapter 2 (missing ratings).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import CellTally, Counted, Floats, Levels, StackTally, mean
from crossoracle.agreement.levels import Codes, coded, sparse_counts
from crossoracle.agreement.ratings import Ratings, Stack


@dataclass(frozen=True)
class Units:
    """What segments with any number of ratings r add up to, over levels k and oracles g.

    ``units``, ``pairable`` (...): segments with at least one rating, with at least two. Sums over the
    pairable ones: ``agree``, ``distance``, ``squares``: share of agreeing pairs, mean absolute and squared
    difference of pairs; ``matched``: r times ``agree``. ``share`` (k, ...): mean over units of the share of
    a level; ``coincident`` (k, ...): pairable ratings of a level; ``margins`` (g, k, ...): shares of the
    levels in each oracle's own ratings. ``quotients``: r times the mean squared (x - y) / (x + y) of pairs.
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
    quotients: Floats | None = None


@dataclass(frozen=True)
class Counting:
    """What the columns of `count_levels` stand for: oracles, the r that occur, and the values of levels."""

    oracles: int
    r: NDArray[np.int32]
    values: Floats


def name_levels(sums: Floats, about: Counting) -> Units:
    """Name the columns of `count_levels`: seven sums, then counts by oracle g, by r and by level k."""
    r, levels = about.r, about.values
    units, pairable, agree, matched, *observed = sums[:7]
    counts = sums[7:].reshape(about.oracles, len(r), len(levels), *sums.shape[1:])
    by_r = counts.sum(axis=0)
    share = mean(np.tensordot(1 / r, by_r, axes=1), units)
    margins = counts.sum(axis=1)
    margins = mean(margins, margins.sum(axis=1, keepdims=True))
    coincident = by_r[np.searchsorted(r, 2) :].sum(axis=0)
    return Units(units, pairable, agree, matched, share, coincident, margins, levels, *observed)


def count_levels(ratings: Ratings, oracles: tuple[int, ...], levels: Levels) -> Counted:
    """Count the levels of all oracles; ``about`` is `Counting`."""
    codes, values = coded(ratings, oracles, levels)
    k, r = len(codes), (codes >= 0).sum(axis=0, dtype=np.int32)
    there = np.unique(r[r > 0])
    columns_of = np.min_scalar_type(-k * len(there) * len(values) - 1)  # small where it can be: they are many
    first = np.arange(k, dtype=columns_of)[:, None] * len(there) + np.searchsorted(there, r).astype(
        columns_of
    )
    first *= len(values)
    column = (first + codes).T[(codes >= 0).T]  # in the order of the segments
    reach = np.concatenate([[0], np.cumsum(r)])[ratings.offset]
    cells = sparse_counts(np.diff(reach), column, np.ones(len(column)), k * len(there) * len(values))
    reach = np.pad(np.cumsum(_observed(codes, values, r), axis=1), ((0, 0), (1, 0)))
    sums = sp.csc_array(reach[:, ratings.offset[1:]] - reach[:, ratings.offset[:-1]])
    columns = sp.csc_array(sp.vstack([sums, cells]))
    pairable, rated = (ratings.per_video(r >= least) for least in (2, 1))
    return Counted(columns, pairable, Counting(k, there, values), rated)


def _observed(codes: Codes, values: Floats, r: Codes) -> Floats:
    agree, distance, squares, quotients = sums = np.zeros((4, codes.shape[1]))
    of = np.append(values, np.nan)  # code -1 is a missing rating
    for x, y in combinations(codes, 2):
        both = (x >= 0) & (y >= 0)
        gap, total = (np.where(both, z, 0) for z in (of[x] - of[y], of[x] + of[y]))
        agree += both & (gap == 0)
        distance += np.abs(gap)
        squares += gap**2
        quotients += ratio_metric(gap, total)
    sums /= np.maximum(r * (r - 1) / 2, 1)
    return np.stack([r >= 1, r >= 2, agree, r * agree, distance, squares, r * quotients])


def ratio_metric(gap: Floats, total: Floats) -> Floats:
    """Return (difference / sum)^2 of two levels, 0 of equal ones; NaN where different ones add up to 0."""
    return np.where(gap == 0, 0.0, (gap / np.where(total == 0, np.nan, total)) ** 2)


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


LEVELS = CellTally("level counts", count_levels, name_levels)
FLAGS = StackTally("flag counts", count_flags, name_flags, rated=0)
