"""Many statements at once: Holm's adjustment and max-|t| simultaneous intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from crossoracle.stats.multiplicity import holm, simultaneous


def test_holm_by_its_definition():
    p = np.random.default_rng(0).random(9) ** 3
    order, running, expected = np.argsort(p), 0.0, np.empty(9)
    for step, i in enumerate(order):
        running = max(running, min(1.0, (9 - step) * p[i]))
        expected[i] = running
    assert holm(p) == pytest.approx(expected)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([0.0, 1e-9, 0.004, 0.01, 0.05, 0.3, 1.0]) | st.floats(0, 1), min_size=1))
def test_holm_is_that_of_statsmodels(p):
    assert holm(np.array(p)) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-15)


def test_holm_leaves_undefined_tests_out_of_the_family():
    found = holm(np.array([0.01, np.nan, 0.04]))
    assert found == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert np.isnan(holm(np.array([np.nan]))).all()
    assert len(holm(np.array([]))) == 0


def test_one_statement_needs_no_more_than_its_own_quantile():
    replicates = np.random.default_rng(1).standard_normal((1, 99_999))
    low, high = simultaneous(np.zeros(1), replicates)
    assert (low[0], high[0]) == pytest.approx((-1.96, 1.96), abs=0.03)


def test_independent_statements_need_the_quantile_of_their_maximum():
    # Sidak: 0.95^(1/k) for each of k independent ones
    values = np.array([0.0, 5.0, -2.0, 1.0])
    scale = np.array([1.0, 2.0, 0.1, 7.0])
    replicates = values[:, None] + scale[:, None] * np.random.default_rng(2).standard_normal((4, 50_000))
    low, high = simultaneous(values, replicates)
    c = stats.norm.ppf((1 + 0.95**0.25) / 2)
    assert (high - values) / scale == pytest.approx(np.full(4, c), rel=0.02)
    assert (values - low) / scale == pytest.approx(np.full(4, c), rel=0.02)


def test_all_statements_hold_together_as_often_as_said():
    replicates = np.random.default_rng(3).multivariate_normal([0, 0, 0], 0.5 + 0.5 * np.eye(3), 9999).T
    low, high = simultaneous(np.zeros(3), replicates)
    inside = ((replicates >= low[:, None]) & (replicates <= high[:, None])).all(axis=0)
    assert inside.mean() == pytest.approx(0.95, abs=0.001)


def test_resamples_with_an_undefined_entry_are_left_out():
    replicates = np.random.default_rng(4).standard_normal((2, 500))
    gaps = replicates.copy()
    gaps[0, :5], gaps[1, 5:9] = np.nan, np.nan
    complete = simultaneous(np.zeros(2), replicates[:, 9:])
    assert np.array(simultaneous(np.zeros(2), gaps)) == pytest.approx(np.array(complete))


@pytest.mark.parametrize("replicates", [np.full((2, 50), np.nan), np.ones((2, 50)), np.zeros((2, 0))])
def test_nothing_to_go_by(replicates):
    low, high = simultaneous(np.ones(2), replicates)
    assert np.isnan([low, high]).all()


def test_an_estimate_without_variance_does_not_spoil_the_others():
    replicates = np.stack([np.random.default_rng(5).standard_normal(999), np.ones(999)])
    low, high = simultaneous(np.array([0.0, 1.0]), replicates)
    alone = simultaneous(np.zeros(1), replicates[:1])
    assert (low[0], high[0]) == pytest.approx((alone[0][0], alone[1][0]))
    assert np.isnan([low[1], high[1]]).all()
