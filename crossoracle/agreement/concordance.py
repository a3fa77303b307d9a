"""Kendall's tau-b pooled over segments: concordant minus discordant pairs of segments.

The number of pairs is quadratic in the segments, so it is no additive tally. Two exact ways, chosen by cost:
from the grid of a joint table (levels x levels) by cumulative sums; or as w'Mw, where M holds, for two
clusters, the concordance of their segments, and w the weights of the clusters.

References
----------
Kendall & Gibbons (1990), *Rank Correlation Methods*, 5th ed., chapter 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import (
    RANKS,
    Coefficient,
    Floats,
    mean_over_pairs,
    ratio,
)
from crossoracle.agreement.correlation import CONSTANT, KENDALL
from crossoracle.agreement.joint import JOINT, Cells, JointTable
from crossoracle.agreement.levels import indicator
from crossoracle.stats.ranks import cumulative
from crossoracle.stats.resampling import Drawn

MOST_CLUSTERS = 2000  # clusters up to which M is built
PIECE = 1 << 22  # elements of the largest array of pairs of segments


def kendall_tau_b(t: JointTable) -> Floats:
    """Return tau-b = (P - Q) / sqrt(untied_a untied_b), pairs of segments untied in either oracle."""
    balance = t.balance if t.balance is not None else _grid_balance(t.counts, t.cells)
    untied_a, untied_b = ((t.n**2 - tied) / 2 for tied in t.squares)
    return ratio(balance, np.sqrt(np.maximum(untied_a * untied_b, 0)))


def grid(cells: Cells) -> int:
    """Return how many cells the grid of a joint table has, empty ones too."""
    return len(np.unique(cells.x)) * len(np.unique(cells.y))


def _grid_balance(counts: Floats, cells: Cells) -> Floats:
    """Return concordant minus discordant pairs, by cumulative sums over (levels, levels, ...)."""
    rows, x = np.unique(cells.x, return_inverse=True)
    columns, y = np.unique(cells.y, return_inverse=True)
    grid = np.zeros((len(rows), len(columns), *counts.shape[1:]))
    grid[x, y] = counts
    lower = cumulative(grid) - grid
    left = cumulative(lower, axis=1)
    right = left[:, -1:] - left
    return np.asarray((grid * (left - lower - right)).sum(axis=(0, 1)))


@dataclass(frozen=True)
class ClusterPairs:
    """M (clusters, clusters), symmetric: concordant minus discordant pairs of segments of two clusters."""

    matrix: Floats

    @cached_property
    def _largest(self) -> float:
        return float(np.abs(self.matrix).max(initial=0))

    def under(self, weights: Drawn, others: Drawn | None = None) -> Floats:
        """Return the balance w'Mw / 2 for weights (replicates, clusters).

        With ``others`` v, M is between other clusters in its columns, and w'Mv is returned. Whole weights are
        multiplied in single precision where that is exact.
        """
        total = weights.sum(axis=1).max(initial=0)
        exact = np.issubdtype(weights.dtype, np.integer) and total * self._largest < 1 << 24
        kind: type[np.floating] = np.float32 if exact else np.float64
        products = weights.astype(kind) @ self.matrix.astype(kind)
        if others is None:
            return 0.5 * _of_rows(products, weights)
        return _of_rows(products, others)

    def left_out(self) -> Floats:
        """Return the balance with each cluster left out, (clusters,)."""
        rows, own = self.matrix.sum(axis=1), np.diagonal(self.matrix)
        return np.asarray(0.5 * (rows.sum() - 2 * rows + own))

    def among(self, clusters: NDArray[np.int64], others: NDArray[np.int64] | None = None) -> ClusterPairs:
        """Return the matrix of some clusters, or between them and others."""
        return ClusterPairs(self.matrix[np.ix_(clusters, clusters if others is None else others)])


def _of_rows(products: NDArray[np.floating], weights: Drawn) -> Floats:
    return np.asarray(np.einsum("bc,bc->b", products, weights, dtype=np.float64))


def cluster_pairs(x: Floats, y: Floats, cluster: NDArray[np.int64], clusters: int) -> ClusterPairs:
    """Build M from segments (n,) sorted by cluster; n^2 comparisons, in pieces."""
    places = (np.unique(v, return_inverse=True)[1] for v in (x, y))
    levels = [place.astype(np.min_scalar_type(place.max(initial=0))) for place in places]
    most = int(np.bincount(cluster, minlength=1).max())
    small = np.int8 if most < 128 else np.int32  # a cluster's sum of signs is at most its size
    into = indicator(cluster, clusters).astype(small)
    half = np.zeros((clusters, len(x)))
    step = max(1, PIECE // max(len(x), 1))
    for i in range(0, len(x), step):
        signs = [_signs(v, v[i : i + step]) for v in levels]
        half[:, i : i + step] = into @ (signs[0] * signs[1]).astype(small, copy=False)
    return ClusterPairs(np.asarray(half @ indicator(cluster, clusters).T))


def _signs(x: NDArray[np.unsignedinteger], y: NDArray[np.unsignedinteger]) -> NDArray[np.int8]:
    more, less = x[:, None] > y[None, :], x[:, None] < y[None, :]
    return more.view(np.int8) - less.view(np.int8)


_tau = Coefficient(
    "kendall_tau_b",
    "Kendall's tau-b",
    kendall_tau_b,
    KENDALL,
    CONSTANT,
    of="pair",
    reads="score",
    tally=JOINT,
    laws=RANKS,
)

COEFFICIENTS = (_tau, mean_over_pairs(_tau, "kendall_tau_b_all", "mean Kendall tau-b"))
