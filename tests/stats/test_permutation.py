"""Nulls of agreement: what moves, what does not, and what the p-values count."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.stats.permutation import NULLS, p_value, within_videos
from tests.handmade import EVERYTHING, estimates, random_ratings, rate, values

LENGTH = np.array([3, 0, 1, 5, 2])


@pytest.mark.parametrize("null", NULLS)
def test_every_video_keeps_its_segments(null):
    rng = np.random.default_rng(0)
    video = np.repeat(np.arange(5), LENGTH)
    for _ in range(50):
        order = within_videos(LENGTH, null, rng=rng)
        assert sorted(order) == list(range(11))
        assert (video[order] == video).all()


def test_shifts_rotate():
    rng = np.random.default_rng(1)
    seen = set()
    for _ in range(200):
        order = within_videos(np.array([4, 7]), "shift", rng=rng)
        for part, start, n in ((order[:4], 0, 4), (order[4:] - 4, 4, 7)):
            assert ((np.diff(part) % n) == 1).all()
            seen.add((start, int(part[0])))
    assert len(seen) == 4 + 7


def test_all_orders_are_equally_likely():
    rng = np.random.default_rng(2)
    orders = Counter(tuple(within_videos(np.array([3]), "shuffle", rng=rng).tolist()) for _ in range(3000))
    assert len(orders) == 6
    assert all(abs(n - 500) < 5 * np.sqrt(3000 / 6 * 5 / 6) for n in orders.values())


def test_a_null_repeats_with_its_generator():
    first, again = (within_videos(LENGTH, "shuffle", rng=np.random.default_rng(3)) for _ in range(2))
    assert (first == again).all()


def test_scores_and_flags_move_together():
    rated = random_ratings(np.random.default_rng(4), missing=0.0)
    rng = np.random.default_rng(5)
    orders = [within_videos(rated.length, "shuffle", rng=rng) for _ in rated.oracles]
    moved = rated.rearranged(orders)
    for g, order in enumerate(orders):
        assert (moved.score[g] == rated.score[g, order]).all()
        assert (moved.kept[g] == rated.kept[g, order]).all()


def test_p_values_count_draws_as_extreme_and_the_data_themselves():
    draws = np.array([0.1, 0.2, 0.3, 0.4, np.nan])
    assert p_value(0.3, draws) == (2 + 1) / (4 + 1)
    assert p_value(0.3, draws, -1) == (3 + 1) / (4 + 1)
    assert p_value(0.5, draws) == 1 / 5
    assert p_value(0.3 + 1e-15, draws) == 3 / 5  # a tie, but for rounding
    assert np.isnan(p_value(np.nan, draws))
    assert np.isnan(p_value(0.3, np.array([np.nan])))


def test_oracles_that_agree_have_the_least_p_value():
    rated = random_ratings(np.random.default_rng(6), oracles=2, videos=30, longest=8, missing=0.0)
    same = replace(rated, score=rated.score[[0, 0]], kept=rated.kept[[0, 0]])
    for (name, *_), e in estimates(same, replicates=1, null=19).items():
        c = COEFFICIENTS[name]
        if c.orientation and np.isfinite(e.value):
            assert e.p_null == 1 / 20, name
        else:
            assert np.isnan(e.p_null), name


def test_statistics_that_no_order_within_videos_changes_have_no_null():
    rated = random_ratings(np.random.default_rng(7), missing=0.0, levels=5)
    rng = np.random.default_rng(8)
    moved = rated.rearranged([within_videos(rated.length, "shuffle", rng=rng) for _ in rated.oracles])
    unmoved = [name for name, c in COEFFICIENTS.items() if not c.orientation]
    still = {"prevalence_index", "bias_index", "keep_ratio_mae", "keep_ratio_pearson", "pearson_between"}
    still.add("mean_difference")
    assert set(unmoved) == still
    assert values(moved, *unmoved) == pytest.approx(values(rated, *unmoved), abs=1e-12)


def test_unrelated_oracles_are_not_found_to_agree():
    rng = np.random.default_rng(9)
    p = []
    for _ in range(20):
        rated = rate(rng.random((2, 60)), [6] * 10)
        p.append(
            estimates(rated, "pearson_within", replicates=1, null=19)["pearson_within", "o0", "o1"].p_null
        )
    assert np.mean(np.array(p) <= 0.1) <= 0.3
    assert np.mean(p) > 0.35


def test_waves_look_alike_when_shuffled_but_not_when_shifted():
    # neighbours resemble each other: two unrelated waves correlate strongly, one way or the other
    rng = np.random.default_rng(10)
    t = np.arange(24)
    p = {null: [] for null in NULLS}
    for _ in range(60):
        x, y = (np.sin(2 * np.pi * (t + rng.integers(0, 24)) / 24) for _ in range(2))
        for null in NULLS:
            draws = [x @ y[within_videos(np.array([24]), null, rng=rng)] for _ in range(39)]
            p[null].append(p_value(x @ y, np.array(draws)))
    assert np.mean(np.array(p["shuffle"]) <= 0.05) > 0.25
    assert np.mean(np.array(p["shift"]) <= 0.05) < 0.15


def test_the_larger_p_value_of_the_two_nulls_is_reported():
    rng = np.random.default_rng(11)
    t = np.arange(24)
    x, y = np.sin(2 * np.pi * t / 24), np.sin(2 * np.pi * (t + 3) / 24)  # 1 in 24 x 7 shifts are as near
    rated = rate((np.array([x, y]) + 1) / 2, [24])
    e = estimates(rated, "pearson", replicates=1, null=199, seed=int(rng.integers(99)))["pearson", "o0", "o1"]
    assert e.p_null > 0.15


def test_every_coefficient_about_agreement_has_a_null():
    rated = random_ratings(np.random.default_rng(12), videos=25, missing=0.0)
    found = estimates(rated, *EVERYTHING, replicates=1, null=3)
    assert not [key for key, e in found.items() if COEFFICIENTS[key[0]].orientation and np.isnan(e.p_null)]
