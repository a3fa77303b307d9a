"""Differences between dependent estimates: pairs of pairs, from the same weights.

The interval is of the same kind as that of the estimates, p is the two-sided clustered t-test with the
jackknife standard error of the difference; simultaneous bounds are max-|t| over all differences of one
statistic. Equality of all pairs is Hotelling's T^2 with the joint cluster covariance, Holm-adjusted over the
family of all equality tests of a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from scipy.special import stdtr

from crossoracle.agreement.estimation import Sampled
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.sample import Slice
from crossoracle.results import NAN, Difference, Test, Tests
from crossoracle.stats.equality import equal, jackknife_covariance
from crossoracle.stats.intervals import Jackknife, interval
from crossoracle.stats.multiplicity import holm, simultaneous

FAMILY = "equality of all pairs"


def between(
    pairs: Sequence[Sampled], ratings: Ratings, where: Slice, level: float, kind: str
) -> list[Difference]:
    """Return the differences of all pairs of pairs of one statistic in one slice."""
    chosen = list(combinations(pairs, 2))
    values = np.array([a.value - b.value for a, b in chosen])
    joint = min(len(s.replicates) for s in pairs)
    replicates = np.stack([a.replicates[:joint] - b.replicates[:joint] for a, b in chosen])
    low, high = simultaneous(values, replicates, level)
    found = []
    for i, (a, b) in enumerate(chosen):
        enters = a.enters | b.enters
        jackknife = Jackknife((a.left_out - b.left_out)[enters], a.stratum[enters])
        bounds = interval(values[i], replicates[i], jackknife, level, kind)
        a1, b1, a2, b2 = (ratings.oracles[o] for o in (*a.row.oracles, *b.row.oracles))
        difference = Difference(
            a.row.coefficient.name, a1, b1, a2, b2, where.dataset, float(values[i]), bounds.low, bounds.high,
            float(low[i]), float(high[i]), _t_test(float(values[i]), jackknife),
        )  # fmt: skip
        found.append(difference)
    return found


def _t_test(value: float, jackknife: Jackknife) -> float:
    se, df = jackknife.se, jackknife.clusters - jackknife.strata
    return float(2 * stdtr(df, -abs(value) / se)) if se > 0 else NAN


def equality(pairs: Sequence[Sampled], where: Slice) -> Test:
    """Return the test that one statistic is equal for all pairs of oracles."""
    enters = np.any([s.enters for s in pairs], axis=0)
    left = np.stack([s.left_out[enters] for s in pairs])
    stratum = pairs[0].stratum[enters]
    values = np.array([s.value for s in pairs])
    clusters = int(enters.sum()) - len(np.unique(stratum)) + 1
    found = equal(values, jackknife_covariance(left, stratum), clusters)
    name = f"{pairs[0].row.coefficient.name}: Hotelling T2"
    return Test(FAMILY, name, where.dataset, found.statistic, f"{found.df[0]}, {found.df[1]}", found.p)


def adjusted(tests: Sequence[Test]) -> Tests:
    """Return the tests with Holm-adjusted p-values over the whole family."""
    p = holm(np.array([test.p for test in tests])) if tests else np.array([])
    return Tests(tuple(replace(test, p_adjusted=float(q)) for test, q in zip(tests, p, strict=True)))
