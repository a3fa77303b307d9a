"""Levels: the distinct scores of a row's oracles, fixed under resampling; and sparse counts over them."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import Floats, Levels
from crossoracle.agreement.ratings import DECIMALS, Ratings
from crossoracle.errors import InputError

MOST = 128  # levels beyond which categories stop being meaningful, and --bins is asked for
ROUNDING = 1e-9  # lets a score that is an edge up to rounding fall into the bin above it
SORTED = 1 << 22  # cells beyond which they are found by sorting
Codes = NDArray[np.integer]


def coded(ratings: Ratings, oracles: tuple[int, ...], levels: Levels) -> tuple[Codes, Floats]:
    """Return the code of each score (oracles, segments), -1 where missing, and the value of each code.

    Scores of segments that do not line up across the oracles count as missing. Bins are equal-width over
    [0, 1] and stand for their mid-points.
    """
    every, values = ratings.codes
    codes = every[list(oracles)]
    found = np.bincount(codes.ravel() + 1, minlength=len(values) + 1)[1:] > 0
    bins: NDArray[np.int32]
    if levels.bins is not None:
        bins = np.minimum(values * levels.bins + ROUNDING, levels.bins - 1).astype(np.int32)
        values = (np.arange(levels.bins) + 0.5) / levels.bins
    elif levels.given is not None:
        bins, values = _among(values, found, np.unique(np.round(levels.given, DECIMALS)))
    else:
        bins, values = np.cumsum(found, dtype=np.int32) - 1, values[found]
    codes = np.append(bins, np.int32(-1))[codes]
    lined_up = ratings.lined_up(oracles)
    if not lined_up.all():
        codes[:, ~lined_up[ratings.video_of_segment()]] = -1
    return codes, values


def _among(scores: Floats, found: NDArray[np.bool_], levels: Floats) -> tuple[NDArray[np.int32], Floats]:
    """Return the place of each score among given levels, which must hold those that are found."""
    place = np.searchsorted(levels, scores).astype(np.int32)
    strange = found & (levels[np.minimum(place, len(levels) - 1)] != scores)
    if strange.any():
        odd = scores[strange][0]
        raise InputError(f"score {odd:g} is none of the {len(levels)} given levels; add it, or use --bins")
    return place, levels


def distinct(pair: Codes, size: int) -> tuple[Codes, Codes]:
    """Return the distinct numbers below ``size`` in increasing order, and the place of each among them."""
    if size > SORTED:
        found, place = np.unique(pair, return_inverse=True)
        return found, place
    there = np.bincount(pair, minlength=size) > 0
    return np.flatnonzero(there), (np.cumsum(there, dtype=np.int32) - 1)[pair]


def indicator(code: Codes, levels: int) -> sp.csr_array:
    """Return the 0/1 matrix (levels, cells) of a code per cell."""
    ones = np.ones(len(code), dtype=np.int8)  # takes the type of what it is multiplied by
    return sp.csr_array((ones, (code, np.arange(len(code)))), shape=(levels, len(code)))


def sparse_counts(
    entries: NDArray[np.int64], column: Codes, data: NDArray[np.int32] | Floats, columns: int
) -> sp.csc_array:
    """Return a sparse (columns, videos) matrix from entries sorted by video; equal places add up.

    ``entries`` (videos,) is how many entries each video has. Whole numbers are held in single precision where
    that is exact to 2^24, a good margin above what replicates of a column add up to.
    """
    starts = np.concatenate([[0], np.cumsum(entries)]).astype(np.int32)
    whole = np.issubdtype(data.dtype, np.integer)
    exact = whole and np.bincount(column, data).max(initial=0) < 1 << 22
    counts = data.astype(np.float32 if exact else np.float64, copy=False)
    return sp.csc_array((counts, column.astype(np.int32, copy=False), starts), shape=(columns, len(entries)))


def some_columns(matrix: sp.csc_array, chosen: NDArray[np.int64]) -> sp.csc_array:
    """Return some columns of a sparse matrix, without a copy where they are consecutive."""
    if len(chosen) == 0 or (np.diff(chosen) != 1).any():
        return matrix[:, chosen]
    starts = matrix.indptr[chosen[0] : chosen[-1] + 2]
    entries = slice(starts[0], starts[-1])
    parts = (matrix.data[entries], matrix.indices[entries], starts - starts[0])
    return sp.csc_array(parts, shape=(matrix.shape[0], len(chosen)))
