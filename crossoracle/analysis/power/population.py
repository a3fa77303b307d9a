"""What planned studies draw their clusters from: those of a pilot, or kinds with stated shares.

A planned study of N clusters draws them with replacement, within each stratum in proportion to it. So its
sums are one product of multinomial counts with the tallies, as in the bootstrap, where N is the pilot's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossoracle.sampling.drawing import stream

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stratum:
    """Kinds of clusters: tallies (columns, kinds), and the share of each (kinds,); a pilot's are equal."""

    tallies: Floats
    share: Floats

    @classmethod
    def of_pilot(cls, tallies: Floats) -> Stratum:
        """Return the clusters of a pilot, all as frequent."""
        n = tallies.shape[1]
        return cls(tallies, np.full(n, 1 / n))

    @classmethod
    def of_many(cls, tallies: Floats) -> Stratum:
        """Return kinds with their shares, from many clusters of few kinds."""
        kinds, counts = np.unique(tallies, axis=1, return_counts=True)
        return cls(kinds, counts / counts.sum())


@dataclass(frozen=True)
class Population:
    """Strata with their sizes in the pilot, which planned studies keep in proportion.

    ``pilot`` is the number of clusters behind it, 0 where rates were stated; ``videos`` is the mean number of
    videos of a cluster.
    """

    strata: tuple[Stratum, ...]
    sizes: tuple[int, ...]
    videos: float
    pilot: int = 0

    def parts(self, clusters: int) -> list[int]:
        """Return how many clusters each stratum gets: in proportion, the remainders to the largest."""
        exact = clusters * np.array(self.sizes) / sum(self.sizes)
        parts = np.floor(exact).astype(int)
        for i in np.argsort(parts - exact, kind="stable")[: clusters - parts.sum()]:
            parts[i] += 1
        return [int(part) for part in parts]

    def sums(self, clusters: int, studies: int, seed: int) -> list[Floats]:
        """Return the summed tallies (columns, studies) of each stratum in so many planned studies."""
        return [
            stratum.tallies @ weights.T
            for stratum, weights in zip(self.strata, self.weights(clusters, studies, seed), strict=True)
        ]

    def weights(self, clusters: int, studies: int, seed: int) -> list[Floats]:
        """Return how often each kind is drawn (studies, kinds) in each stratum."""
        return [
            stream(seed, "planned", str(h), str(clusters))
            .multinomial(n, stratum.share, studies)
            .astype(float)
            for h, (stratum, n) in enumerate(zip(self.strata, self.parts(clusters), strict=True))
        ]
