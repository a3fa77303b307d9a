"""Known truth: an arm that is worse by exactly the margin is called non-inferior at most 5 % of the time.

The truth is the mean difference of many large studies of the same kind; all that differs between the studies
that are judged is chance.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.progress import say_nothing
from crossoracle.analysis.floors.averaging import average
from crossoracle.analysis.floors.sampling import Sampler
from crossoracle.analysis.floors.verdict import CLAIMS, Margin, judge
from crossoracle.stats.resampling import cluster_weights
from tests.analysis.floor.repeats import repeated, scores_of

UNLIKELY = 0.001
ARMS = {"greedy": [("g", str(r)) for r in range(3)], "direct": [("d", str(r)) for r in range(3)]}


def study(videos, seed, apart):
    """Return a study in which "direct" has a bias of its own, which all of its runs share."""
    scores, length = scores_of({"g": 3, "d": 3}, videos, seed, apart={"d": apart})
    return repeated(scores, length, ARMS)


def averages(made, name, replicates, seed):
    """Return cross-agreement, and self-agreement of the reference."""
    weights = cluster_weights(made.ratings.clusters, replicates, seed)
    (pairs, *_) = Sampler(made.ratings, made.videos, weights, replicates, threads=1).pairs(
        [COEFFICIENTS[name]], say_nothing
    )
    return (average(pairs, made.raters, a, "greedy") for a in ("direct", "greedy"))


def truth(name, apart, studies=8, videos=2500):
    found = [averages(study(videos, 10_000 + i, apart), name, 1, 0) for i in range(studies)]
    return np.mean([[cross.value, own.value] for cross, own in found], axis=0)


def claims(name, margins, apart, studies, videos, replicates):
    """Return how often each margin's verdict was non-inferior, and inferior."""
    counts = np.zeros((len(margins), 2), dtype=int)
    for seed in range(studies):
        cross, own = averages(study(videos, seed, apart), name, replicates, seed)
        for i, margin in enumerate(margins):
            judged = judge(cross, own, COEFFICIENTS[name], margin, level=0.95, kind=CLAIMS)
            counts[i] += [judged.verdict == "non-inferior", judged.verdict == "inferior"]
    return counts


def at_the_margin(name, apart=0.6):
    """Return the margin as a number and as a share of the floor, both exactly at the truth."""
    cross, own = truth(name, apart)
    return Margin(absolute=own - cross), Margin(share=(own - cross) / (1 - own))


def test_at_the_margin_few_claims_are_false():
    found = claims("cohen_kappa", at_the_margin("cohen_kappa"), 0.6, 120, 60, 199)
    assert (found <= binom.ppf(1 - UNLIKELY, 120, 0.06)).all(), found  # either claim would be false


def test_what_is_as_good_as_a_repetition_is_shown_to_be():
    found = claims("cohen_kappa", [Margin(share=0.5)], 0.0, 20, 60, 199)
    assert found[0, 0] >= 18
    assert found[0, 1] == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["spearman_within", "kappa_quadratic", "cohen_kappa", "mean_abs_difference"])
def test_at_the_margin_false_claims_are_near_5_per_cent(name):
    cross, own = truth(name, 0.6, studies=30)
    distance = name == "mean_abs_difference"
    size = cross - own if distance else own - cross
    share = size / (own if distance else 1 - own)
    found = claims(name, [Margin(absolute=size), Margin(share=share)], 0.6, 1000, 100, 499)
    rates = found[:, 0] / 1000
    assert (rates <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1000)).all(), rates
    assert (rates >= 0.02).all(), rates
