"""Intervals from replicates and left-out values, against formulas, SciPy, and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from crossoracle.stats.intervals import (
    KINDS,
    Jackknife,
    bca_levels,
    hall,
    interval,
    jackknife_t,
    quantile_interval,
    tail_levels,
)


def left_out_means(x: np.ndarray) -> np.ndarray:
    return (x.sum() - x) / (len(x) - 1)


def one_stratum(values: np.ndarray) -> Jackknife:
    return Jackknife(values, np.zeros(len(values), dtype=np.int64))


@pytest.fixture
def sample():
    return np.random.default_rng(0).gamma(2.0, size=25)


@pytest.mark.parametrize(("c", "h", "level"), [(12, 1, 0.95), (25, 1, 0.95), (50, 3, 0.9), (2, 1, 0.95)])
def test_expanded_levels(c, h, level):
    # Hesterberg (2015): Phi(-+ sqrt(C / (C - H)) t(C - H))
    low, high = tail_levels("expanded", c, h, level)
    assert low == pytest.approx(
        stats.norm.cdf(np.sqrt(c / (c - h)) * stats.t.ppf((1 - level) / 2, c - h)), rel=1e-9
    )
    assert high == pytest.approx(1 - low)


def test_expanded_bounds_of_a_mean_are_those_of_its_t_interval(sample):
    # bootstrap means are about normal with the variance of divisor C; the expansion undoes that, and adds t
    c, mean = len(sample), sample.mean()
    normal = stats.norm(mean, sample.std(ddof=0) / np.sqrt(c))
    t_interval = stats.ttest_1samp(sample, 0).confidence_interval(0.95)
    assert normal.ppf(tail_levels("expanded", c)) == pytest.approx(tuple(t_interval), rel=1e-9)


def test_percentile_levels():
    assert tail_levels("percentile", 12) == pytest.approx((0.025, 0.975))
    assert tail_levels("percentile", 12, level=0.9) == pytest.approx((0.05, 0.95))


def test_percentile_interval_is_numpys_linear_quantiles():
    replicates = np.random.default_rng(1).standard_normal(999)
    found = interval(0.0, replicates, one_stratum(np.zeros(9)), kind="percentile")
    theirs = np.quantile(replicates, [0.025, 0.975], method="linear")
    assert (found.low, found.high) == pytest.approx(tuple(theirs), rel=1e-12)


def test_bca_is_scipys(sample):
    # SciPy's own replicates and its formula, at level 0.9
    theirs = stats.bootstrap(
        (sample,), np.mean, method="BCa", confidence_level=0.9, n_resamples=999, rng=np.random.default_rng(2)
    )
    found = interval(
        sample.mean(), theirs.bootstrap_distribution, one_stratum(left_out_means(sample)), 0.9, "bca"
    )
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval), rel=1e-9)


def test_bca_without_replicates_on_both_sides_is_undefined():
    assert np.isnan(bca_levels(0.0, np.ones(99), one_stratum(np.arange(9.0)))).all()
    found = interval(0.0, np.ones(99), one_stratum(np.arange(9.0)), kind="bca")
    assert np.isnan(found.low)
    assert found.reason


def test_jackknife_t_of_a_mean_is_its_t_interval(sample):
    found = jackknife_t(sample.mean(), one_stratum(left_out_means(sample)))
    assert (found.low, found.high) == pytest.approx(
        tuple(stats.ttest_1samp(sample, 0).confidence_interval(0.95))
    )


def test_stratified_jackknife_of_a_pooled_mean():
    # the sum over strata of (n_h / n)^2 s_h^2 / n_h, near enough: deleting one also moves the weights n_h / n
    rng = np.random.default_rng(3)
    size = np.array([50, 80, 120])
    stratum = np.repeat(np.arange(3), size)
    x = rng.standard_normal(250) + 5 * stratum
    variance = sum((n / 250) ** 2 * x[stratum == h].var(ddof=1) / n for h, n in enumerate(size))
    within = Jackknife(left_out_means(x), stratum)
    assert within.se == pytest.approx(np.sqrt(variance), rel=0.01)
    assert one_stratum(left_out_means(x)).se > 3 * within.se
    assert (within.clusters, within.strata) == (250, 3)


def test_a_stratum_of_one_cluster_adds_no_variance(sample):
    alone = Jackknife(np.append(left_out_means(sample), 99.0), np.append(np.zeros(25, dtype=np.int64), 1))
    assert alone.deviations[-1] == 0
    assert alone.se == pytest.approx(one_stratum(left_out_means(sample)).se)
    found = interval(0.0, np.random.default_rng(0).standard_normal(99), alone)
    assert np.isfinite([found.low, found.high]).all()


def test_without_skewness_hall_is_the_t_interval():
    even = one_stratum(left_out_means(np.linspace(-1, 1, 25)))
    assert even.acceleration == pytest.approx(0, abs=1e-15)
    assert hall(0.3, even).low == pytest.approx(jackknife_t(0.3, even).low)
    assert hall(0.3, even).high == pytest.approx(jackknife_t(0.3, even).high)


def test_the_bounds_of_hall_are_where_the_transformed_t_has_its_quantiles(sample):
    jackknife, theta = one_stratum(left_out_means(sample)), float(sample.mean())
    a, found = jackknife.acceleration, hall(theta, jackknife, 0.9)
    z = (theta - np.array([found.low, found.high])) / jackknife.se
    transformed = z + a * (2 * z**2 + 1) + 4 / 3 * a**2 * z**3
    assert transformed == pytest.approx(stats.t.ppf([0.95, 0.05], len(sample) - 1), abs=1e-9)


def test_bounds_of_a_skewed_mean_fail_as_often_as_they_should_with_hall():
    rng, wrong = np.random.default_rng(8), {"jackknife": [0, 0], "hall": [0, 0]}
    for x in rng.exponential(size=(4000, 40)):
        jackknife = one_stratum(left_out_means(x))
        for kind, sides in wrong.items():
            found = interval(float(x.mean()), np.zeros(0), jackknife, 0.9, kind)
            sides[0] += found.low > 1
            sides[1] += found.high < 1
    assert wrong["jackknife"][0] < 0.035 * 4000
    assert wrong["jackknife"][1] > 0.075 * 4000
    assert all(0.03 * 4000 < n < 0.07 * 4000 for n in wrong["hall"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "stratum", [[0], [0, 1], [0, 1, 2]], ids=["one", "one each of two", "one each of three"]
)
def test_strata_of_one_cluster_alone_have_no_interval(kind, stratum):
    jackknife = Jackknife(np.arange(len(stratum), dtype=float), np.array(stratum))
    found = interval(0.5, np.linspace(0, 1, 99), jackknife, kind=kind)
    assert np.isnan([found.low, found.high]).all()
    assert "two clusters" in found.reason


@pytest.mark.parametrize("kind", KINDS)
def test_an_undefined_estimate_has_no_interval(kind):
    found = interval(np.nan, np.linspace(0, 1, 99), one_stratum(np.arange(9.0)), kind=kind)
    assert np.isnan([found.low, found.high]).all()
    assert found.kind == kind


@pytest.mark.parametrize(
    ("undefined", "said"),
    [(0, None), (5, "conditional on the 99.50%"), (30, "warning: conditional on the 97.00%"), (100, "10.0%")],
    ids=["none", "0.5 %", "3 %", "10 %"],
)
@pytest.mark.parametrize("kind", ["expanded", "percentile", "bca"])
def test_undefined_resamples(kind, undefined, said):
    replicates = np.random.default_rng(4).standard_normal(1000)
    replicates[:undefined] = np.nan
    found = interval(0.0, replicates, one_stratum(np.linspace(-1, 1, 30)), kind=kind)
    if said is None:
        assert found.reason is None
    else:
        assert found.reason.startswith(said)
    assert np.isnan(found.low) == np.isnan(found.high) == (undefined == 100)
    if undefined < 100:
        defined = interval(0.0, replicates[undefined:], one_stratum(np.linspace(-1, 1, 30)), kind=kind)
        assert (found.low, found.high) == (defined.low, defined.high)


def test_monte_carlo_error_is_the_spread_of_the_bounds_over_bootstraps():
    rng = np.random.default_rng(5)
    found = [
        quantile_interval(rng.standard_normal(999), (0.025, 0.975), 0.95, "percentile") for _ in range(300)
    ]
    for bound, mc in (("low", "mc_low"), ("high", "mc_high")):
        spread = np.std([getattr(f, bound) for f in found])
        assert np.mean([getattr(f, mc) for f in found]) == pytest.approx(spread, rel=0.15)


def test_acceleration_is_that_of_efron():
    # Efron & Tibshirani (14.15)
    values = np.random.default_rng(6).gamma(1.0, size=40)
    d = values.mean() - values
    expected = (d**3).sum() / (6 * (d**2).sum() ** 1.5)
    assert one_stratum(values).acceleration == pytest.approx(expected, rel=0.05)
    assert one_stratum(np.ones(9)).acceleration == 0
