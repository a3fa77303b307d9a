"""The width of an agreement interval in planned studies of N clusters.

The values of planned studies are spread as those of one study's resamples would be: the width is the distance
of the quantiles at which the expanded percentile interval of N clusters ends. A pilot of C clusters varies
less than what it was drawn from, by the factor sqrt((C - H) / C), which is made up for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crossoracle.analysis.power.population import Floats
from crossoracle.results import NAN
from crossoracle.stats.intervals import MANY, tail_levels


@dataclass(frozen=True)
class Width:
    """How wide intervals get.

    ``values(clusters)`` gives the statistic in planned studies (studies,); ``value`` is that of the pilot, or
    as stated; ``pilot`` is its number of clusters (0 where stated) in ``strata`` strata, of so many videos.
    """

    values: Callable[[int], Floats]
    value: float
    level: float
    strata: int = 1
    pilot: int = 0
    videos: float = 1.0

    def width(self, clusters: int) -> float:
        """Return the expected width with so many clusters.

        Undefined when more than 5 % of the planned studies have no value, or have as few clusters as strata.
        """
        values = self.values(clusters)
        defined = values[np.isfinite(values)]
        if len(defined) < (1 - MANY) * len(values) or clusters <= self.strata:
            return NAN
        low, high = np.quantile(defined, tail_levels("expanded", clusters, self.strata, self.level))
        lost = np.sqrt(self.pilot / (self.pilot - self.strata)) if self.pilot > self.strata else 1.0
        return float(lost * (high - low))
