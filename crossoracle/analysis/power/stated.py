"""Populations from stated rates, where there is no pilot yet.

A cluster has m videos (or a video m segments), and their outcomes hang together: with probability rho all m
are one draw, else each is its own. So the correlation within a cluster is rho, and the design effect of a
mean is 1 + (m - 1) rho.

References
----------
Connor (1987), *Biometrics* 43:207-211 (matched pairs from the share of discordant ones); Kish (1965),
*Survey Sampling* (design effect); Fleiss, Cohen & Everitt (1969), *Psychol. Bull.* 72:323-327 (the standard
error of kappa).
"""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np
from scipy.special import stdtrit

from crossoracle.analysis.power.contrast import tally
from crossoracle.analysis.power.population import Floats, Population, Stratum
from crossoracle.errors import InputError
from crossoracle.sampling.drawing import stream

DRAWN = 200_000  # clusters that a population is made of, where they are more than single videos
FIRST, SECOND = 0, 1  # outcomes: only the first condition is right, only the second; others are no difference


def of_discordant(share: float, difference: float, m: int, rho: float, seed: int) -> Population:
    """Return a population of paired differences: ``share`` discordant, their mean ``difference``.

    Raises
    ------
    InputError
        The difference would be larger than the share of videos that differ at all.
    """
    if abs(difference) > share:
        raise InputError(
            f"--detect {difference:g} with --discordant {share:g}: expected at most the share "
            "of videos on which the two conditions differ"
        )
    p = np.array([(share + difference) / 2, (share - difference) / 2, 1 - share])
    counts = _clusters(p, m, rho, seed)
    s, n = counts[FIRST] - counts[SECOND], counts.sum(axis=0)
    return Population((_stratum(tally(s, n), p, m),), (1,), float(m))


def of_kappa(kappa: float, prevalence: float, m: int, rho: float, seed: int) -> Population:
    """Return a population of videos of m segments, kept by both, one and the other of two oracles, or none.

    Raises
    ------
    InputError
        No table has that kappa and prevalence.
    """
    p = _table(kappa, prevalence)
    return Population((_stratum(_clusters(p, m, rho, seed), p, m),), (1,), 1.0)


def _table(kappa: float, prevalence: float) -> Floats:
    both = prevalence**2 + kappa * prevalence * (1 - prevalence)
    p = np.array([both, prevalence - both, prevalence - both, 1 - 2 * prevalence + both])
    if (p < 0).any():
        raise InputError(f"--kappa {kappa:g} with --prevalence {prevalence:g}: found no table that has both")
    return p


def _stratum(tallies: Floats, p: Floats, m: int) -> Stratum:
    return Stratum(tallies, p) if m == 1 else Stratum.of_many(tallies)


def _clusters(p: Floats, m: int, rho: float, seed: int) -> Floats:
    """Return how often outcomes occur in clusters (outcomes, clusters); where m is 1, in one each."""
    if m == 1:
        return np.eye(len(p))
    rng = stream(seed, "stated", str(m), str(rho))
    alike = rng.random(DRAWN) < rho
    apart = rng.multinomial(m, p, DRAWN)
    same = m * rng.multinomial(1, p, DRAWN)
    return np.where(alike[:, None], same, apart).T.astype(float)


def kappa_of(sums: Floats) -> Floats:
    """Return Cohen's kappa of summed tables (4, studies); NaN where both oracles are constant."""
    both, a, b, none = sums
    n = both + a + b + none
    observed, first, second = (both + none) / n, (both + a) / n, (both + b) / n
    expected = first * second + (1 - first) * (1 - second)
    return np.asarray((observed - expected) / np.where(expected < 1, 1 - expected, np.nan))


def size_for_kappa(kappa: float, prevalence: float, m: int, rho: float, width: float, level: float) -> int:
    """Return the number of videos that the closed form asks for, of the t interval that is so wide."""
    from statsmodels.stats.inter_rater import cohens_kappa

    table = 1e6 * _table(kappa, prevalence).reshape(2, 2)
    one = 1e6 * float(cohens_kappa(table).var_kappa) * (1 + (m - 1) * rho) / m
    clusters = 2
    for _ in range(50):
        again = ceil(one * (2 * float(stdtrit(max(clusters - 1, 1), (1 + level) / 2)) / width) ** 2)
        if again == clusters:
            break
        clusters = max(again, 2)
    return clusters


def width_for_kappa(
    kappa: float, prevalence: float, m: int, rho: float, clusters: int, level: float
) -> float:
    """Return the width that the closed form gives for so many videos."""
    from statsmodels.stats.inter_rater import cohens_kappa

    table = 1e6 * _table(kappa, prevalence).reshape(2, 2)
    one = 1e6 * float(cohens_kappa(table).var_kappa) * (1 + (m - 1) * rho) / m
    return 2 * float(stdtrit(clusters - 1, (1 + level) / 2)) * sqrt(one / clusters)
