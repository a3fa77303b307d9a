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

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import (
    RANKS,
    CellTally,
    Coefficient,
    Floats,
    mean_over_pairs,
    ratio,
)
from crossoracle.agreement.correlation import CONSTANT, KENDALL
from crossoracle.agreement.levels import Cells, count_joint

MOST_CLUSTERS = 2000  # clusters up to which M is built
PIECE = 1 << 24  # elements of the largest array of pairs of segments


@dataclass(frozen=True)
class Concordance:
    """Concordant minus discordant pairs, and pairs untied in the first and in the second oracle."""

    balance: Floats
    untied_a: Floats
    untied_b: Floats


def kendall_tau_b(t: Concordance) -> Floats:
    """Return tau-b = (P - Q) / sqrt(untied_a untied_b)."""
    return ratio(t.balance, np.sqrt(np.maximum(t.untied_a * t.untied_b, 0)))


def from_table(counts: Floats, cells: Cells) -> Concordance:
    """Count pairs from a joint table (cells, ...), spread out to (levels, levels, ...)."""
    rows, x = np.unique(cells.x, return_inverse=True)
    columns, y = np.unique(cells.y, return_inverse=True)
    grid = np.zeros((len(rows), len(columns), *counts.shape[1:]))
    grid[x, y] = counts
    lower = np.cumsum(grid, axis=0) - grid
    left = np.cumsum(lower, axis=1)
    right = left[:, -1:] - left
    balance = (grid * (left - lower - right)).sum(axis=(0, 1))
    n = counts.sum(axis=0)
    untied = [(n**2 - (grid.sum(axis=axis) ** 2).sum(axis=0)) / 2 for axis in (1, 0)]
    return Concordance(balance, untied[0], untied[1])


@dataclass(frozen=True)
class ClusterPairs:
    """M of the balance and of the two counts of untied pairs, (3, clusters, clusters), symmetric."""

    matrices: Floats

    def under(self, weights: Floats) -> Concordance:
        """Return w'Mw / 2 for weights (replicates, clusters)."""
        return Concordance(*(0.5 * ((weights @ m) * weights).sum(axis=1) for m in self.matrices))

    def left_out(self) -> Concordance:
        """Return the counts with each cluster left out, (clusters,)."""
        total, rows = self.matrices.sum(axis=(1, 2)), self.matrices.sum(axis=2)
        own = np.diagonal(self.matrices, axis1=1, axis2=2)
        return Concordance(*(0.5 * (total[:, None] - 2 * rows + own)))

    def among(self, clusters: NDArray[np.int64]) -> ClusterPairs:
        """Return the matrices of some clusters."""
        return ClusterPairs(self.matrices[:, clusters][:, :, clusters])


def cluster_pairs(x: Floats, y: Floats, cluster: NDArray[np.int64], clusters: int) -> ClusterPairs:
    """Build M from segments (n,) sorted by cluster; n^2 comparisons, in pieces."""
    matrices = np.zeros((3, clusters, clusters))
    found, starts = np.unique(cluster, return_index=True)
    step = max(1, PIECE // max(len(x), 1))
    levels = [np.unique(v, return_inverse=True)[1].astype(np.int32) for v in (x, y)]
    for i in range(0, len(x), step):
        piece = slice(i, i + step)
        p, q = (np.sign(v[piece, None] - v[None, :]).astype(np.int8) for v in levels)
        for matrix, sign in zip(matrices, (p * q, p * p, q * q), strict=True):
            counts = np.add.reduceat(sign, starts, axis=1, dtype=np.int32)
            np.add.at(matrix, (cluster[piece][:, None], found[None, :]), counts)
    return ClusterPairs(matrices)


CONCORDANCE = CellTally("concordant pairs", count_joint, from_table, of_pairs=True)
_tau = Coefficient(
    "kendall_tau_b", "Kendall's tau-b", kendall_tau_b, KENDALL, CONSTANT,
    of="pair", reads="score", tally=CONCORDANCE, laws=RANKS,
)  # fmt: skip

COEFFICIENTS = (_tau, mean_over_pairs(_tau, "kendall_tau_b_all", "mean Kendall tau-b"))
