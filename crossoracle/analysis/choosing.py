"""The interval of the best of several differences, where the best was chosen on the same videos.

The largest of K estimates is too large by chance, and the largest of K replicates is too large once more: a
percentile interval of it covered 55 % instead of 95 % where ten conditions were equally good. So each choice
is resampled about its own estimate d_k, and in every resample the largest deviation is chosen anew::

    max d - max_k (d*_k - d_k) bounds from below;   max d - (d*_k - d_k), for the worst k, from above

since max d - max D <= max_k (d_k - D_k), and max D - max d <= D_k - d_k for the k that is truly best.

References
----------
White (2000), *Econometrica* 68:1097-1126; Hansen (2005), *J. Bus. Econ. Statist.* 23:365-380 (the best of
several, recentred); Romano & Wolf (2005), *Econometrica* 73:1237-1282.
"""

from __future__ import annotations

from dataclasses import replace

from crossoracle.analysis.predictions import Floats
from crossoracle.results import Interval
from crossoracle.stats.intervals import Jackknife, interval


def interval_of_best(
    value: float, deviations: Floats, jackknife: Jackknife, level: float, kind: str
) -> Interval:
    """Return the interval of the largest of K differences.

    Parameters
    ----------
    value : float
        The largest estimate.
    deviations : array, shape (K, B)
        Replicates of each difference minus its estimate.
    kind : str
        Quantiles are those of "percentile" or, for everything else, of "expanded".
    """
    kind = kind if kind == "percentile" else "expanded"
    below = interval(value, value - deviations.max(axis=0), jackknife, level, kind)
    above = [interval(value, value - row, jackknife, level, kind) for row in deviations]
    worst = max(above, key=lambda found: found.high)
    return replace(below, high=worst.high, mc_high=worst.mc_high)
