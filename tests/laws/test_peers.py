"""Defects found in other packages, each of which must not be repeated here."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.run import Options, agree
from crossoracle.stats.intervals import KINDS
from tests.handmade import estimates, random_ratings, rate, values

# Krippendorff (2011), reliability data C, in quarters
C = [
    [0, 1, 2, 2, 1, 0, 3, 0, 1, None, None, None],
    [0, 1, 2, 2, 1, 1, 3, 0, 1, 4, None, 2],
    [None, 2, 2, 2, 1, 2, 3, 1, 1, 4, 0, None],
    [0, 1, 2, 2, 1, 3, 3, 0, 1, 4, 0, None],
]


def test_krippendorff_builds_arrays_of_units_times_levels_squared():
    # 3 x 4,000 distinct scores: 4,000 x 12,000^2 numbers there, a few per score here
    rated = rate(np.random.default_rng(0).random((3, 4000)), [10] * 400)
    tracemalloc.start()
    found = values(rated, "alpha_interval", "alpha_ordinal", "alpha_nominal_levels")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6
    assert abs(found["alpha_interval", "", ""]) < 0.05
    assert abs(found["alpha_ordinal", "", ""]) < 0.05


def test_krippendorff_raises_on_equal_ratings():
    e = estimates(rate(np.full((3, 30), 0.7), [3] * 10), "alpha_interval")["alpha_interval", "", ""]
    assert np.isnan(e.value)
    assert e.reason.startswith("every score is equal")


def test_krippendorff_finds_perfect_ratio_agreement_of_1_and_minus_1():
    (value,) = values(rate([[1, -1, 1], [-1, 1, 1]]), "alpha_ratio").values()
    assert np.isnan(value)


def test_bootstraps_lose_every_bound_to_a_few_undefined_replicates():
    # five of 200 videos vary: about 0.7 % of the resamples have none of them
    score = np.zeros((2, 400))
    score[:, :10:2], score[0, 1] = 1, 1
    e = estimates(rate(score, [2] * 200), "pearson", replicates=4999)["pearson", "o0", "o1"]
    assert 0 < e.n_undefined < 50
    assert np.isfinite([e.low, e.high]).all()
    assert "conditional on" in e.reason


def test_missing_ratings_become_a_category_of_their_own():
    # 0.577 in one framework, and a category NaN in statsmodels' aggregate_raters
    found = values(rate(np.array(C, dtype=float) / 4), "alpha_nominal_levels", "fleiss_kappa_levels")
    assert found["alpha_nominal_levels", "", ""] == pytest.approx(0.7434210526, abs=1e-9)
    assert found["fleiss_kappa_levels", "", ""] == pytest.approx(0.76117, abs=6e-6)


def test_a_clustered_error_beside_an_unclustered_test():
    # the interval of a difference at level 1 - p ends at 0: both come from the same clustered standard error
    rated = random_ratings(np.random.default_rng(1), videos=30, datasets=1)

    def differences(level=0.95):
        options = {"interval": "jackknife", "level": level, "differences": True, "replicates": 99}
        return agree(rated, Options(("pearson",), by="none", threads=1, **options)).differences

    for i, d in enumerate(differences()):
        end = differences(1 - d.p)[i]
        assert min(abs(end.low), abs(end.high)) == pytest.approx(0, abs=1e-9)


def test_bounds_leave_the_range_of_the_coefficient():
    for seed in range(3):
        rated = random_ratings(np.random.default_rng(seed), videos=20, longest=3, levels=2)
        for interval in KINDS:
            for (name, *_), e in estimates(rated, replicates=199, interval=interval).items():
                c = COEFFICIENTS[name]
                for bound in (e.low, e.high, e.jackknife_low, e.jackknife_high):
                    assert np.isnan(bound) or c.low - 1e-9 <= bound <= c.high + 1e-9, (name, interval)


def test_a_paired_bootstrap_draws_its_sides_independently():
    # two oracles that are one: the difference of their agreements with a third is 0, and certain
    rated = random_ratings(np.random.default_rng(2), videos=30, oracles=2)
    twice = rate(
        rated.score[[0, 1, 1]], rated.length, kept=rated.kept[[0, 1, 1]], dataset=rated.dataset.astype(str)
    )
    found = agree(twice, Options(replicates=99, differences=True, threads=1)).differences
    same = found.select(oracle_a1="o0", oracle_b1="o1", oracle_a2="o0", oracle_b2="o2")
    assert len(same) > 50
    for d in same:
        assert np.isnan(d.value) or (d.value, d.low, d.high) == pytest.approx((0, 0, 0), abs=1e-12)


def test_a_documented_seed_is_ignored():
    rated = random_ratings(np.random.default_rng(3), videos=30)
    low = [estimates(rated, "pearson", replicates=99, seed=s)["pearson", "o0", "o1"].low for s in (1, 1, 2)]
    assert low[0] == low[1] != low[2]


def test_the_mean_of_the_replicates_is_reported_as_the_estimate():
    rated = random_ratings(np.random.default_rng(4), videos=12)
    few, many = (estimates(rated, replicates=b) for b in (3, 300))
    assert {k: e.value for k, e in few.items()} == pytest.approx(
        {k: e.value for k, e in many.items()}, nan_ok=True
    )
