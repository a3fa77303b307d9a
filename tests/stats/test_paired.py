"""Rates, clustered means and sign flips, against SciPy and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from crossoracle.stats.paired import EXACT, clustered_mean, sign_flip, wilson


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (81, 263)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilson_is_scipys(k, n, level):
    theirs = stats.binomtest(k, n).proportion_ci(level, method="wilson")
    found = wilson(k, n, level)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert (found.kind, found.level) == ("wilson", level)


def test_wilson_of_nothing_says_so():
    found = wilson(0, 0)
    assert np.isnan([found.low, found.high]).all()
    assert found.reason


def test_clustered_mean_is_that_of_a_regression_on_a_constant():
    rng = np.random.default_rng(0)
    cluster = rng.integers(0, 12, 90)
    values = rng.standard_normal(90) + cluster / 4
    fit = sm.OLS(values, np.ones(90)).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    found = clustered_mean(values, cluster)
    assert (found.value, found.se_cr0) == pytest.approx((fit.params[0], fit.bse[0]))
    assert found.se == pytest.approx(fit.bse[0] * np.sqrt(12 / 11))
    assert found.clusters == 12


def test_clustered_mean_of_one_cluster_or_nothing():
    alone = clustered_mean(np.array([1.0, 2.0]), np.array([0, 0]))
    assert alone.value == 1.5
    assert np.isnan(alone.se)
    nothing = clustered_mean(np.array([]), np.array([], dtype=int))
    assert np.isnan(nothing.value)


@pytest.mark.parametrize("n", [2, 5, 12])
def test_sign_flips_are_enumerated(n):
    sums = np.random.default_rng(n).standard_normal(n) + 0.5
    theirs = stats.permutation_test(
        (sums,), np.sum, permutation_type="samples", alternative="two-sided", n_resamples=np.inf
    )
    assert sign_flip(sums) == pytest.approx(theirs.pvalue)


def test_clusters_without_a_difference_do_not_count():
    sums = np.array([3.0, -1.0, 2.0, 5.0])
    assert sign_flip(np.append(sums, np.zeros(40))) == sign_flip(sums)
    assert sign_flip(np.zeros(9)) == 1


def test_up_to_twenty_clusters_are_exact():
    assert sign_flip(np.ones(EXACT)) == 2 / 2**EXACT


def test_more_clusters_are_drawn_with_the_plus_one_rule():
    assert sign_flip(np.ones(40), rng=np.random.default_rng(0)) == 1 / 10_000
    sums = np.random.default_rng(1).standard_normal(40) + 0.2
    drawn = sign_flip(sums, draws=4999, rng=np.random.default_rng(2))
    assert drawn == sign_flip(sums, draws=4999, rng=np.random.default_rng(2))
    normal = 2 * stats.norm.sf(abs(sums.sum()) / np.sqrt((sums**2).sum()))
    assert drawn == pytest.approx(normal, abs=0.03)
