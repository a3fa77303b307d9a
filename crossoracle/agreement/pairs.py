"""Pairs: of oracles that rated the same videos, and the concordant pairs of Kendall's tau-b.

Those are counted from a grid of levels, or by cluster pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import Counted
from crossoracle.agreement.concordance import (
    MOST_CLUSTERS,
    ClusterPairs,
    cluster_pairs,
    grid,
    kendall_tau_b,
)
from crossoracle.agreement.levels import MOST, coded
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.tallying import Key, Row
from crossoracle.stats.resampling import in_threads

CHEAPER = 100  # a cell of the grid costs as much as this many products of two clusters


def _sides(counted: Counted) -> tuple[int, int]:
    cells = counted.about
    return len(np.unique(cells.x)), len(np.unique(cells.y))


def concordance_refused(ratings: Ratings, row: Row, counted: Counted) -> str | None:
    """Return why concordant pairs cannot be counted: many levels on both sides and many clusters."""
    clusters = sum(ratings.clusters.values())
    if row.coefficient.value is not kendall_tau_b or clusters <= MOST_CLUSTERS:
        return None
    a, b = _sides(counted)
    if min(a, b) <= MOST:
        return None
    return f"{a} and {b} levels in {clusters:,} clusters: give --bins K"


def pair_matrices(
    ratings: Ratings,
    rows: Sequence[Row],
    counted: Mapping[Key, Counted],
    keys: Mapping[Row, Key],
    parts: Sequence[tuple[str, NDArray[np.int64]]],
    threads: int | None = None,
) -> dict[Key, ClusterPairs]:
    """Return the cluster-pair matrices of the rows for which they are cheaper than the grid."""
    cluster, clusters = _numbered(ratings, parts)
    wanted = [
        keys[row]
        for row in rows
        if row.coefficient.value is kendall_tau_b
        and clusters <= MOST_CLUSTERS
        and clusters**2 < CHEAPER * grid(counted[keys[row]].about)
    ]
    with in_threads(threads) as pool:
        found = pool.map(lambda key: _matrix(ratings, key, cluster, clusters), wanted)
        return dict(zip(wanted, found, strict=True))


def _numbered(
    ratings: Ratings, parts: Sequence[tuple[str, NDArray[np.int64]]]
) -> tuple[NDArray[np.int64], int]:
    """Number the clusters of all parts in order; videos outside get -1."""
    number, first = np.full(ratings.videos, -1), 0
    for _, videos in parts:
        index, code = np.unique(ratings.cluster[videos], return_inverse=True)
        number[videos] = first + code
        first += len(index)
    return number, first


def _matrix(ratings: Ratings, key: Key, cluster: NDArray[np.int64], clusters: int) -> ClusterPairs:
    codes, _ = coded(ratings, key.oracles, key.levels)
    of = cluster[ratings.video_of_segment()]
    both = np.flatnonzero((codes >= 0).all(axis=0) & (of >= 0))
    both = both[np.argsort(of[both], kind="stable")]
    return cluster_pairs(codes[0, both], codes[1, both], of[both], clusters)


def videos_of_pairs(ratings: Ratings) -> Counter[tuple[int, int]]:
    """Count the videos that both oracles of each pair rated."""
    rated = ~np.isnan(ratings.score) | (ratings.kept >= 0)
    by_video = np.stack([ratings.per_video(row) > 0 for row in rated])
    pairs = combinations(range(len(by_video)), 2)
    return Counter({(a, b): _both(by_video[a], by_video[b], ratings.lined_up((a, b))) for a, b in pairs})


def _both(*marks: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(np.logical_and.reduce(marks)))
