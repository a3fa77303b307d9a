"""Means per video and ratios of means, with cluster intervals: what arms take, how often they are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossoracle.results import Interval
from crossoracle.stats.intervals import Jackknife, interval
from crossoracle.stats.resampling import Weights, weighted_sums

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
STEP = 2048  # replicates that are held at a time


@dataclass(frozen=True)
class Grid:
    """Where videos stand: the dataset and the cluster of each, and how datasets are resampled."""

    datasets: tuple[str, ...]
    dataset: NDArray[np.int64]
    cluster: NDArray[np.int64]
    weights: Weights
    level: float
    kind: str

    def chosen(self, dataset: str) -> Mask:
        """Return the videos of a dataset, or all of them."""
        if dataset == "all":
            return np.ones(len(self.dataset), dtype=bool)
        return np.asarray(self.dataset == self.datasets.index(dataset))


@dataclass(frozen=True)
class Ratio:
    """The sum of one thing over the sum of another, by cluster.

    ``left_out`` (clusters,) and ``replicates`` (B,) are its values without a cluster, and resampled.
    """

    value: float
    found: Interval
    left_out: Floats
    stratum: NDArray[np.int64]
    replicates: Floats
    videos: int

    @property
    def jackknife(self) -> Jackknife:
        """The left-out values."""
        return Jackknife(self.left_out, self.stratum)


def ratio(grid: Grid, above: Floats, below: Floats, used: Mask) -> Ratio:
    """Return sum of ``above`` / sum of ``below`` over the videos (videos,) that are used.

    Undefined when the sum below is 0, or no video is used.
    """
    sums: list[Floats] = []
    strata: list[NDArray[np.int64]] = []
    replicates = np.zeros((2, grid.weights.replicates))
    for d, name in enumerate(grid.datasets):
        here = np.flatnonzero(used & (grid.dataset == d))
        if not len(here):
            continue
        index, code = np.unique(grid.cluster[here], return_inverse=True)
        tally = np.stack([np.bincount(code, x[here], len(index)).astype(float) for x in (above, below)])
        for start in range(0, replicates.shape[1], STEP):
            some = slice(start, min(start + STEP, replicates.shape[1]))
            replicates[:, some] += weighted_sums(grid.weights, name, index, [tally], some.start, some.stop)[0]
        sums.append(tally)
        strata.append(np.full(len(index), len(strata), dtype=np.int64))
    if not sums:
        nothing = np.empty(0)
        return Ratio(
            np.nan, Interval(), nothing, np.empty(0, np.int64), np.full_like(replicates[0], np.nan), 0
        )
    columns, stratum = np.concatenate(sums, axis=1), np.concatenate(strata)
    total = columns.sum(axis=1)
    value, left = float(_over(total)), _over(total[:, None] - columns)
    drawn = _over(replicates)
    found = interval(value, drawn, Jackknife(left, stratum), grid.level, grid.kind)
    return Ratio(value, found, left, stratum, drawn, int(used.sum()))


def _over(sums: Floats) -> Floats:
    return np.asarray(sums[0] / np.where(sums[1] > 0, sums[1], np.nan))


def mean(grid: Grid, values: Floats, among: Mask) -> Ratio:
    """Return the mean of values (videos,) over the videos where they are known."""
    used = among & ~np.isnan(values)
    return ratio(grid, np.where(used, values, 0.0), used.astype(float), used)


def over_runs(spent: Floats, raters: Mapping[str, Sequence[int]]) -> dict[str, Floats]:
    """Return the mean of (raters, videos) over the runs of each arm, NaN where a run is unknown."""
    return {name: spent[list(members)].mean(axis=0) for name, members in raters.items()}
