"""Weights 1 / p of the videos that passed, under every resample, with a fit of its own each.

A resample draws clusters; its video weight is the count of the video's cluster over the probability to pass
that is fitted in that very resample. Fits are kept (a few numbers a resample), weights are made when asked
for, so a large study needs no more memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.ratings import Ratings
from crossoracle.analysis.selection.covariates import Design
from crossoracle.analysis.selection.propensity import fit, probability
from crossoracle.stats.resampling import BLOCK, Drawn, Weights, map_replicates, weights_of

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
HELD = 1 << 19  # weights held at a time
MOST_LEFT_OUT = 2000  # clusters up to which one after the other is left out, each with a fit of its own


def by_video(weights: Weights, ratings: Ratings, start: int, stop: int) -> Floats:
    """Return the weights of all videos under replicates start to stop, (stop - start, videos)."""
    found = np.zeros((stop - start, ratings.videos))
    for d, name in enumerate(ratings.datasets):
        videos = np.flatnonzero(ratings.dataset == d)
        found[:, videos] = weights_of(weights, name, ratings.cluster[videos], start, stop)
    return found


@dataclass(frozen=True)
class Propensity:
    """The model of who passes: its fit to the data, and what it says of the population.

    ``beta`` (columns,) and ``p`` (videos,); ``passed`` (videos,) is what it models.
    """

    ratings: Ratings
    design: Design
    passed: Mask
    beta: Floats

    @classmethod
    def of(cls, ratings: Ratings, design: Design, passed: Mask) -> Propensity:
        """Fit the model to all videos once each."""
        return cls(ratings, design, passed, fit(design, passed, np.ones((1, ratings.videos)))[0])

    @cached_property
    def p(self) -> Floats:
        """The probability to pass of every video."""
        return np.asarray(probability(self.design, self.beta[None])[0])

    @property
    def weight(self) -> Floats:
        """1 / p of the videos that passed, 0 of the others, (videos,)."""
        found = np.zeros(len(self.p))
        found[self.passed] = 1 / self.p[self.passed]
        return found

    def refits(self, weights: Weights, replicates: int, threads: int | None) -> Floats:
        """Return the fit under every replicate, (replicates, columns)."""

        def some(start: int, stop: int) -> Floats:
            return fit(self.design, self.passed, by_video(weights, self.ratings, start, stop), self.beta)

        rows = max(1, HELD // max(1, self.ratings.videos))
        found = map_replicates(some, replicates, rows, threads)
        return np.concatenate([np.empty((0, len(self.beta))), *found])

    def left_out(self) -> tuple[Floats, NDArray[np.int64]]:
        """Return video weights (clusters, passing videos) with each cluster left out, and its stratum.

        Nothing where there are too many clusters.
        """
        r = self.ratings
        clusters = np.unique(np.stack([r.dataset, r.cluster]), axis=1)
        if clusters.shape[1] > MOST_LEFT_OUT:
            return np.empty((0, int(self.passed.sum()))), clusters[0][:0]
        number = np.searchsorted(clusters[0] * r.videos + clusters[1], r.dataset * r.videos + r.cluster)
        stays = np.ones((clusters.shape[1], r.videos))
        stays[number, np.arange(r.videos)] = 0.0
        beta = fit(self.design, self.passed, stays, self.beta)
        own, p = stays[:, self.passed], probability(self.design, beta, self.passed)
        return np.divide(own, p, out=np.zeros(p.shape), where=own > 0), clusters[0]


@dataclass(frozen=True)
class InverseWeights:
    """Replicate weights of the passing videos, each video a cluster; the `Weights` of `replicate`.

    ``video`` maps each stratum to its passing videos (positions in the population), in order.
    """

    weights: Weights
    model: Propensity
    beta: Floats
    video: dict[str, NDArray[np.int64]]

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return len(self.beta)

    def block(self, stratum: str, start: int, stop: int, block: int) -> Drawn:
        """Return weights (stop - start, videos of the block)."""
        videos = self.video[stratum][block * BLOCK : (block + 1) * BLOCK]
        drawn = weights_of(self.weights, stratum, self.model.ratings.cluster[videos], start, stop)
        p = np.empty((stop - start, len(videos)))
        for first in range(0, len(p), 256):
            p[first : first + 256] = self._probability(videos, start + first, min(start + first + 256, stop))
        return np.divide(drawn, p, out=np.zeros(p.shape), where=drawn > 0)

    def _probability(self, videos: NDArray[np.int64], start: int, stop: int) -> Floats:
        chosen = np.zeros(self.model.ratings.videos, dtype=bool)
        chosen[videos] = True
        return probability(self.model.design, self.beta[start:stop], chosen)
