"""The power of a paired contrast: planned studies are drawn, and tested as a study is.

The deviations of a population's clusters from its mean are kept, and the mean is moved to the difference that
is to be found. Each planned study of N clusters (C_h of stratum h) is judged by the clustered t test::

    D = sum s / sum n,  u = s - D n,  t = D / se,  se^2 = sum_h C_h/(C_h - 1) sum (u - mean_h u)^2 / (sum n)^2

on N - H degrees of freedom. The closed form is that of a t test of N clusters whose standardised difference
is delta / (sqrt(N) se); it is where the search begins, and stands beside the simulated answer.

References
----------
Miller (2024), arXiv:2411.00640, section 5; Davison & Hinkley (1997), section 4.2.5 (power by resampling).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import stdtrit

from crossoracle.analysis.power.population import Floats, Population, Stratum
from crossoracle.stats.intervals import SAME

DIFFERENCE, COUNT, SQUARE, CROSSED, COUNT_SQUARE = range(5)  # columns of a tally


def tally(differences: Floats, counts: Floats) -> Floats:
    """Return the columns (5, clusters) of sums of differences and numbers of videos (clusters,)."""
    return np.stack([differences, counts, differences**2, differences * counts, counts**2])


@dataclass(frozen=True)
class Contrast:
    """A population of clusters of paired differences, and how planned studies are judged."""

    population: Population
    level: float
    simulations: int
    seed: int

    @cached_property
    def value(self) -> float:
        """The mean difference of the population."""
        sums = self._expected()
        return float(sums[DIFFERENCE] / sums[COUNT])

    def _expected(self) -> Floats:
        total = sum(self.population.sizes)
        parts = zip(self.population.strata, self.population.sizes, strict=True)
        return np.asarray(sum(size / total * (s.tallies @ s.share) for s, size in parts))

    @property
    def spread(self) -> float:
        """Standard deviation of one cluster's part in the difference: sqrt(N) times the standard error."""
        total, count, value, variance = sum(self.population.sizes), self._expected()[COUNT], self.value, 0.0
        for stratum, size in zip(self.population.strata, self.population.sizes, strict=True):
            u = stratum.tallies[DIFFERENCE] - value * stratum.tallies[COUNT]
            own = float(((u - u @ stratum.share) ** 2) @ stratum.share)
            variance += size / total * own * self._unshrunk(size)
        return float(np.sqrt(variance) / count)

    def _unshrunk(self, size: int) -> float:
        """Return what makes up for a pilot that varies less than what it was drawn from."""
        return size / (size - 1) if self.population.pilot and size > 1 else 1.0

    def moved(self, delta: float) -> Population:
        """Return the population with its mean at delta, and its deviations as wide as they should be."""
        strata = []
        for stratum, size in zip(self.population.strata, self.population.sizes, strict=True):
            s, n = stratum.tallies[[DIFFERENCE, COUNT]]
            u = s - self.value * n
            centre = u @ stratum.share
            wide = centre + (u - centre) * np.sqrt(self._unshrunk(size))
            strata.append(Stratum(tally(wide + delta * n, n), stratum.share))
        return replace(self.population, strata=tuple(strata))

    def power(self, clusters: int, delta: float) -> float:
        """Return the share of planned studies of so many clusters that find the difference.

        A study whose clusters are all alike finds none, since it cannot tell how much they vary.
        """
        population = self.moved(delta)
        parts = population.parts(clusters)
        sums = population.sums(clusters, self.simulations, self.seed)
        total = np.sum(sums, axis=0)
        d = total[DIFFERENCE] / total[COUNT]
        variance = np.zeros(self.simulations)
        for own, size in zip(sums, parts, strict=True):
            if size > 1:
                mean = (own[DIFFERENCE] - d * own[COUNT]) / size
                squares = own[SQUARE] - 2 * d * own[CROSSED] + d**2 * own[COUNT_SQUARE] - size * mean**2
                variance += size / (size - 1) * np.maximum(squares, 0)
        df = clusters - sum(size > 0 for size in parts)
        if df < 1:
            return 0.0
        critical = stdtrit(df, (1 + self.level) / 2)
        found = np.abs(d) * total[COUNT] > critical * np.sqrt(variance)
        if self.spread > 0:  # else nothing ever varies, and every study sees the difference itself
            found &= variance > SAME * total[SQUARE]  # less is rounding, and such a study knows nothing
        return float(np.mean(found))

    def size_closed(self, delta: float, power: float) -> float:
        """Return the number of clusters that the closed form asks for; not a whole number."""
        from statsmodels.stats.power import TTestPower

        if self.spread == 0:
            return 2.0
        effect = abs(delta) / self.spread
        return float(TTestPower().solve_power(effect_size=effect, alpha=1 - self.level, power=power))

    def detectable_closed(self, clusters: int, power: float) -> float:
        """Return the difference that the closed form finds with so many clusters."""
        from statsmodels.stats.power import TTestPower

        effect = TTestPower().solve_power(nobs=clusters, alpha=1 - self.level, power=power)
        return float(effect) * self.spread
