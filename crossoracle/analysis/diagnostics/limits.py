"""Limits of agreement of pairs of oracles: how far apart their scores of one segment are.

Differences of several segments of one video are not independent. So their variance is that between videos
plus that within videos, from a one-way analysis of variance with videos of any length, and not that of all
differences taken together:

    between = max((MSB - MSW) / m0, 0),   m0 = (N - sum m_i^2 / N) / (V - 1),   sd = sqrt(between + MSW)

for V videos of m_i segments, N in all. 95 % of differences lie within mean -+ 1.96 sd, if they are about
normal. Intervals are those of the cluster jackknife.

References
----------
Bland & Altman (1999), *Stat. Methods Med. Res.* 8:135-160; (2007), *J. Biopharm. Stat.* 17:571-582, part 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from crossoracle.agreement.ratings import Ratings
from crossoracle.results import NAN
from crossoracle.stats.intervals import Jackknife, jackknife_t

Floats = NDArray[np.float64]
QUANTITIES = ("mean", "lower", "upper")
WITHIN = 0.95  # the share of differences that the limits are to hold
_STEPS = 40, 20  # bins per unit of means, and of differences; scores are often multiples of 0.05
_ROW = 2 * _STEPS[1] + 1  # bins of differences, from -1 to 1
_TINY = 1e-9  # lets what is halfway up to rounding go up


@dataclass(frozen=True)
class LimitRow:
    """One row of the diagnostics_limits table, field for column."""

    dataset: str
    oracle_a: str
    oracle_b: str
    quantity: str
    value: float
    low: float
    high: float
    level: float
    sd: float
    n_segments: int
    n_videos: int
    n_clusters: int
    reason: str | None = None


@dataclass(frozen=True)
class PointRow:
    """One row of the diagnostics_points table, field for column."""

    dataset: str
    oracle_a: str
    oracle_b: str
    mean: float
    difference: float
    n: int


def limits(ratings: Ratings, level: float = 0.95) -> list[LimitRow]:
    """Return mean difference and limits of agreement of every pair, for each dataset and "all".

    ``level`` is that of their intervals. Undefined with fewer than two videos that both oracles scored.
    """
    cluster = ratings.dataset * max(ratings.videos, 1) + ratings.cluster
    found: list[LimitRow] = []
    for a, b, names in _pairs(ratings):
        tally = _tally(ratings, a, b)
        for dataset, here in _places(ratings).items():
            some = here & (tally[:, 1] > 0)
            codes, clusters = np.unique(cluster[some], return_inverse=True)
            sums = np.zeros((len(codes), tally.shape[1]))
            np.add.at(sums, clusters, tally[some])
            stratum = np.unique(codes // max(ratings.videos, 1), return_inverse=True)[1]
            found += _rows(dataset, names, sums, stratum, level)
    return found


def points(ratings: Ratings) -> list[PointRow]:
    """Count the segments of every pair by the mean and the difference of their two scores."""
    found = []
    video = ratings.video_of_segment()
    for a, b, names in _pairs(ratings):
        known = _both(ratings, a, b)
        x, y = ratings.score[a, known], ratings.score[b, known]
        mean = np.floor((x + y) / 2 * _STEPS[0] + 0.5 + _TINY).astype(np.int64)
        difference = np.floor((x - y) * _STEPS[1] + 0.5 + _TINY).astype(np.int64)
        cell = mean * _ROW + difference + _STEPS[1]
        for dataset, here in _places(ratings).items():
            counts = np.bincount(cell[here[video[known]]])
            for k in np.flatnonzero(counts).tolist():
                at, apart = k // _ROW / _STEPS[0], (k % _ROW - _STEPS[1]) / _STEPS[1]
                found.append(PointRow(dataset, *names, at, apart, int(counts[k])))
    return found


def limits_of(tally: Floats) -> Floats:
    """Return mean, lower and upper limit, and the standard deviation of differences.

    Parameters
    ----------
    tally : array, shape (..., 6)
        Of the videos: their number, the sums of their segments m_i and of m_i^2, of the differences, of their
        squares, and of (sum of differences of the video)^2 / m_i.

    Returns
    -------
    array, shape (..., 4)
        NaN with fewer than two videos.
    """
    videos, n, n2, total, squares, between = np.moveaxis(tally, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        inside = np.where(n > videos, (squares - between) / (n - videos), 0.0)
        outside = (between - total * mean) / (videos - 1)
        variance = np.maximum((outside - inside) / ((n - n2 / n) / (videos - 1)), 0) + inside
        sd = np.where(videos > 1, np.sqrt(np.maximum(variance, 0)), np.nan)
    half = float(ndtri((1 + WITHIN) / 2)) * sd
    return np.stack([np.where(videos > 1, mean, np.nan), mean - half, mean + half, sd], axis=-1)


def _pairs(ratings: Ratings) -> Iterator[tuple[int, int, tuple[str, str]]]:
    for a, b in combinations(range(len(ratings.oracles)), 2):
        yield a, b, (ratings.oracles[a], ratings.oracles[b])


def _places(ratings: Ratings) -> dict[str, NDArray[np.bool_]]:
    places = {"all": np.ones(ratings.videos, dtype=bool)}
    if len(ratings.datasets) > 1:
        places |= {name: ratings.dataset == d for d, name in enumerate(ratings.datasets)}
    return places


def _both(ratings: Ratings, a: int, b: int) -> NDArray[np.bool_]:
    """Return the segments that both oracles scored, of videos in which their segments line up."""
    lined_up = np.repeat(ratings.lined_up((a, b)), ratings.length)
    return np.asarray(~np.isnan(ratings.score[[a, b]]).any(axis=0) & lined_up)


def _tally(ratings: Ratings, a: int, b: int) -> Floats:
    """Return what `limits_of` adds up, (videos, 6)."""
    known = _both(ratings, a, b)
    video = ratings.video_of_segment()[known]
    difference = ratings.score[a, known] - ratings.score[b, known]
    n = np.bincount(video, minlength=ratings.videos).astype(float)
    total = np.bincount(video, difference, ratings.videos)
    squares = np.bincount(video, difference**2, ratings.videos)
    return np.stack([n > 0, n, n**2, total, squares, total**2 / np.maximum(n, 1)], axis=1).astype(float)


def _rows(
    dataset: str, names: tuple[str, str], sums: Floats, stratum: NDArray[np.int64], level: float
) -> Iterator[LimitRow]:
    whole = sums.sum(axis=0)
    values = limits_of(whole)
    left_out = limits_of(whole - sums)
    videos, segments = int(whole[0]), int(whole[1])
    for k, quantity in enumerate(QUANTITIES):
        value, why = float(values[k]), None if videos > 1 else "needs at least two videos that both scored"
        found = None if why else jackknife_t(value, Jackknife(left_out[:, k], stratum), level)
        low, high = (NAN, NAN) if found is None else (found.low, found.high)
        why = why if found is None else found.reason
        row = LimitRow(dataset, *names, quantity, value, low, high, level, float(values[3]), 0, 0, 0, why)
        yield replace(row, n_segments=segments, n_videos=videos, n_clusters=len(sums))
