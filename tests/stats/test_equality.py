"""Equality of dependent estimates: on independent rows it is Hotelling's test of repeated measures."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multivariate import test_mvmean as mean_is_zero

from crossoracle.agreement.run import Options, agree
from crossoracle.stats.equality import equal, jackknife_covariance
from tests.handmade import rate


def equality_of(rows: np.ndarray):
    """Test equal column means of independent rows (n, k)."""
    n = len(rows)
    left_out = ((rows.sum(axis=0) - rows) / (n - 1)).T
    return equal(rows.mean(axis=0), jackknife_covariance(left_out, np.zeros(n, dtype=np.int64)), n)


def hotelling(rows: np.ndarray):
    """Test by statsmodels that the mean vector of neighbouring differences is 0."""
    return mean_is_zero(rows[:, :-1] - rows[:, 1:])


@pytest.mark.parametrize(("n", "k"), [(8, 3), (12, 4), (30, 6)])
def test_independent_rows(n, k):
    rows = np.random.default_rng(n).standard_normal((n, k)) + 0.3 * np.arange(k)
    found, theirs = equality_of(rows), hotelling(rows)
    assert found.df == (k - 1, n - k + 1) == tuple(theirs.df)
    assert (found.statistic, found.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9)


def test_two_estimates_are_a_paired_t_test():
    rows = np.random.default_rng(0).standard_normal((15, 2))
    assert equality_of(rows).p == pytest.approx(stats.ttest_rel(*rows.T).pvalue)


def test_covariance_of_the_jackknife_is_that_of_the_means():
    rows = np.random.default_rng(1).standard_normal((20, 3))
    left_out = ((rows.sum(axis=0) - rows) / 19).T
    found = jackknife_covariance(left_out, np.zeros(20, dtype=np.int64))
    assert found == pytest.approx(np.cov(rows.T) / 20)


def test_strata_do_not_mix():
    # two strata far apart: only deviations from a stratum's own mean count
    rng = np.random.default_rng(2)
    values = rng.standard_normal((3, 20))
    stratum = np.repeat([0, 1], 10)
    found = jackknife_covariance(values + 100 * stratum, stratum)
    parts = [np.cov(values[:, stratum == h], ddof=0) * 9 for h in (0, 1)]
    assert found == pytest.approx(parts[0] + parts[1])


def test_it_rejects_as_often_as_it_says():
    rng = np.random.default_rng(3)
    p = [equality_of(rng.standard_normal((12, 3)) + rng.standard_normal((12, 1))).p for _ in range(2000)]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize(
    ("values", "covariance", "clusters"),
    [
        ([1.0], np.eye(1), 9),
        ([1.0, np.nan], np.eye(2), 9),
        ([1.0, 2.0], np.full((2, 2), np.nan), 9),
        ([1.0, 2.0, 3.0], np.eye(3), 2),
        ([1.0, 1.0], np.zeros((2, 2)), 9),
        ([1.0, 2.0, 3.0], np.ones((3, 3)), 9),
    ],
    ids=[
        "one estimate",
        "undefined",
        "covariance undefined",
        "few clusters",
        "no variance",
        "all move together",
    ],
)
def test_undefined_with_a_reason(values, covariance, clusters):
    found = equal(np.array(values), covariance, clusters)
    assert np.isnan([found.statistic, found.p]).all()
    assert found.reason


def test_pairs_of_oracles_on_videos_of_one_segment():
    # mean |x - y| of three pairs: every video one independent row
    score = np.random.default_rng(4).random((3, 40)) * [[1], [0.8], [0.5]]
    options = Options(("mean_abs_difference", "mean_difference"), by="none", replicates=99, differences=True)
    found = agree(rate(score), options)
    gaps = np.stack([np.abs(score[a] - score[b]) for a, b in combinations(range(3), 2)], axis=1)
    theirs = hotelling(gaps)
    (test,) = [t for t in found.tests if t.test.startswith("mean_abs_difference")]
    assert (test.statistic, test.p) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert test.df == "2, 38"
    p = sorted(t.p for t in found.tests)
    assert sorted(t.p_adjusted for t in found.tests) == pytest.approx([min(1, 2 * p[0]), max(2 * p[0], p[1])])
    for d, (i, j) in zip(
        found.differences.select(statistic="mean_abs_difference"), combinations(range(3), 2), strict=True
    ):
        paired = stats.ttest_rel(gaps[:, i], gaps[:, j])
        assert (d.value, d.p) == pytest.approx((gaps[:, i].mean() - gaps[:, j].mean(), paired.pvalue))


def test_pairs_that_differ_in_nothing_are_not_tested():
    score = np.random.default_rng(5).random((1, 30))
    found = agree(
        rate(np.repeat(score, 3, axis=0)), Options(("pearson",), by="none", replicates=9, differences=True)
    )
    (test,) = found.tests
    assert np.isnan(test.p)
