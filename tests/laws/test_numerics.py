"""Rounding must not make agreement: constants, scores near 1, scores that differ in the last bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import rankdata

from crossoracle.agreement.catalogue import COEFFICIENTS
from tests.handmade import random_ratings, rate, values

CORRELATIONS = ("pearson", "pearson_within", "spearman", "spearman_within", "kendall_tau_b", "kendall_within")


@pytest.mark.parametrize("constant", [0.7, 0.1, 1 / 3, 0.123456789])
def test_constant_scores_among_others(constant):
    # sums of squares of a constant cancel to rounding, which a quotient of two of them would make anything
    rng = np.random.default_rng(0)
    rated = rate([np.full(3000, constant), rng.random(3000), np.full(3000, 0.2)], [30] * 100)
    found = values(rated, *CORRELATIONS, "lin_ccc", "kappa_quadratic")
    for (name, *pair), value in found.items():
        if name in CORRELATIONS:
            assert np.isnan(value), (name, pair)
        else:
            assert value == pytest.approx(0, abs=1e-12), (name, pair)


def test_a_million_constant_scores():
    rng = np.random.default_rng(1)
    rated = rate([np.full(1_000_000, 0.7), rng.random(1_000_000)], [100] * 10_000)
    found = values(rated, "pearson", "lin_ccc", "alpha_interval", "icc_2_1")
    assert np.isnan(found["pearson", "o0", "o1"])
    assert found["lin_ccc", "o0", "o1"] == pytest.approx(0, abs=1e-12)
    assert np.isfinite(found["alpha_interval", "", ""])


@pytest.mark.parametrize(("start", "slope"), [(0.99, 0.01), (0.9999, 0.0001), (0.0, 0.001)])
def test_scores_crowded_together(start, slope):
    names = [name for name, c in COEFFICIENTS.items() if "affine" in c.laws]
    rated = random_ratings(np.random.default_rng(2), videos=40)
    crowded = replace(rated, score=start + slope * rated.score)
    assert values(crowded, *names) == pytest.approx(values(rated, *names), rel=1e-9, abs=1e-9)


def test_pooled_and_within_are_one_on_a_single_video():
    rated = random_ratings(np.random.default_rng(3), videos=1, longest=20, oracles=2, levels=9, missing=0.1)
    found = values(rated, *CORRELATIONS)
    for pooled, within in zip(CORRELATIONS[::2], CORRELATIONS[1::2], strict=True):
        assert found[within, "o0", "o1"] == pytest.approx(found[pooled, "o0", "o1"], abs=1e-12)


def test_scores_that_differ_in_the_last_bit_are_equal():
    noisy, clean = [0.1 + 0.2, 0.3, 0.3, 0.7], [0.3, 0.3, 0.3, 0.7]
    other = [0.2, 0.4, 0.1, 0.5]
    assert noisy != clean
    found = values(rate([noisy, other], [4], kept=np.ones((2, 4))))
    expected = values(rate([clean, other], [4], kept=np.ones((2, 4))))
    assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_noise_alone_is_no_variation():
    rated = rate([[0.1 + 0.2, 0.3, 0.3], [0.2, 0.4, 0.9]], [3])
    found = values(rated, *CORRELATIONS)
    assert np.isnan(list(found.values())).all()


@pytest.mark.parametrize("oracles", [26, 60])
def test_many_oracles_with_gaps(oracles):
    # the common denominator of the weights 1 / (r - 1) is 26,771,144,400 with 26 oracles, and more with 60
    rng = np.random.default_rng(5)
    rated = random_ratings(rng, oracles=oracles, videos=120, levels=3)
    ranks = np.full(rated.score.shape, np.nan)
    pairable = (~np.isnan(rated.score)).sum(axis=0) >= 2
    known = ~np.isnan(rated.score) & pairable
    ranks[known] = rankdata(rated.score[known]) / known.sum()
    found, expected = values(rated, "alpha_ordinal"), values(replace(rated, score=ranks), "alpha_interval")
    assert found["alpha_ordinal", "", ""] == pytest.approx(expected["alpha_interval", "", ""], abs=1e-9)
