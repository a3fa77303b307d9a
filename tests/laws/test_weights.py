"""Replicate weights: what they add up to, and that nothing but seed and names decides them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp

from crossoracle.stats.resampling import (
    BLOCK,
    GROUP,
    ClusterWeights,
    GivenWeights,
    draws_to_weights,
    map_replicates,
    weighted_sums,
)

SIZES = [1, 2, 369, BLOCK - 1, BLOCK, BLOCK + 1, 10_000]


def matrix(weights, stratum: str, start: int, stop: int) -> np.ndarray:
    """Return whole rows of weights, block beside block."""
    blocks = range(-(-weights.clusters[stratum] // BLOCK))
    return np.concatenate([weights.block(stratum, start, stop, b) for b in blocks], axis=1)


@pytest.mark.parametrize("n", SIZES)
def test_a_row_draws_as_many_clusters_as_there_are(n):
    drawn = matrix(ClusterWeights({"d": n}, 200, 3), "d", 0, 200)
    assert drawn.shape == (200, n)
    assert (drawn.sum(axis=1) == n).all()
    assert (drawn >= 0).all()


@pytest.mark.parametrize("n", [7, 300, 10_000])
def test_weights_are_multinomial(n):
    # mean 1, variance 1 - 1/n, covariance -1/n; bounds at five standard errors
    replicates = 3000
    drawn = matrix(ClusterWeights({"d": n}, replicates, 11), "d", 0, replicates)
    few = drawn[:, np.linspace(0, n - 1, 7).astype(int)]
    assert few.mean(axis=0) == pytest.approx(np.ones(7), abs=5 / np.sqrt(replicates))
    assert few.var(axis=0) == pytest.approx(np.full(7, 1 - 1 / n), abs=5 * np.sqrt(3 / replicates))
    covariance = np.cov(few.T)[np.triu_indices(7, 1)]
    assert covariance == pytest.approx(np.full(21, -1 / n), abs=5 / np.sqrt(replicates))
    zeros = (drawn == 0).mean()
    assert zeros == pytest.approx((1 - 1 / n) ** n, abs=0.01)


def test_blocks_share_the_total_multinomially():
    n = 10_000
    totals = ClusterWeights({"d": n}, 2000, 5)
    first = np.array([totals.block("d", r, r + 1, 0).sum() for r in range(0, 2000, 5)])
    share = BLOCK / n
    assert first.mean() == pytest.approx(n * share, abs=5 * np.sqrt(n * share * (1 - share) / len(first)))
    assert first.var() == pytest.approx(n * share * (1 - share), rel=5 * np.sqrt(2 / len(first)))


@pytest.mark.parametrize("n", [300, 10_000])
def test_fewer_replicates_are_a_prefix_of_more(n):
    few, many = (matrix(ClusterWeights({"d": n}, b, 7), "d", 0, 999) for b in (999, 9999))
    assert (few == many).all()


@pytest.mark.parametrize("n", [300, 10_000])
def test_a_weight_does_not_depend_on_how_the_work_is_cut(n):
    weights = ClusterWeights({"d": n}, 300, 7)
    whole = matrix(weights, "d", 0, 300)
    edges = [0, 1, 2, GROUP - 1, GROUP, GROUP + 1, 200, 300]
    pieces = [matrix(weights, "d", a, b) for a, b in pairwise(edges)]
    assert (np.concatenate(pieces) == whole).all()


def test_seed_and_name_of_the_stratum_decide():
    def drawn(seed, name):
        return matrix(ClusterWeights({name: 50, "z": 9}, 64, seed), name, 0, 64)

    assert (drawn(1, "a") == drawn(1, "a")).all()
    assert (drawn(1, "a") != drawn(2, "a")).any()
    assert (drawn(1, "a") != drawn(1, "b")).any()


def test_these_weights_are_for_ever():
    # a change here changes every published interval: the streams are part of the format
    drawn = matrix(ClusterWeights({"kinetics": 12}, 2, 0), "kinetics", 0, 2)
    assert drawn.astype(int).tolist() == [
        [2, 2, 1, 1, 2, 0, 0, 0, 1, 1, 0, 2],
        [0, 1, 2, 0, 2, 1, 2, 1, 2, 1, 0, 0],
    ]
    large = matrix(ClusterWeights({"kinetics": 5000}, 70, 0), "kinetics", 64, 65)[0]
    assert (large[:BLOCK].sum(), large @ np.arange(5000) % 100_003) == (4035, 80393)


def test_draws_become_counts():
    draws = np.array([[0, 0, 2], [1, 1, 1]])
    assert draws_to_weights(draws, 4).tolist() == [[2, 0, 1, 0], [0, 3, 0, 0]]


def test_weighted_sums_are_products_of_weights_and_tallies():
    rng = np.random.default_rng(0)
    n = 2 * BLOCK + 100
    weights = ClusterWeights({"d": n}, 70, 1)
    index = np.sort(rng.choice(n, 700, replace=False))
    dense, wide = rng.random((5, 700)), sp.random_array((40, 700), density=0.1, format="csc", rng=rng)
    narrow, sparse = weighted_sums(weights, "d", index, [dense, wide], 3, 70)
    drawn = matrix(weights, "d", 3, 70)[:, index]
    assert narrow == pytest.approx(dense @ drawn.T)
    assert sparse == pytest.approx(wide @ drawn.T)


def test_weights_from_outside_are_taken_as_they_are():
    given = np.random.default_rng(0).random((9, BLOCK + 7))
    weights = GivenWeights({"d": given})
    assert weights.replicates == 9
    assert (weights.block("d", 2, 5, 0) == given[2:5, :BLOCK]).all()
    assert (weights.block("d", 2, 5, 1) == given[2:5, BLOCK:]).all()


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("chunk", [1, 7, 100])
def test_chunks_come_back_in_order(chunk, threads):
    spans = map_replicates(lambda start, stop: list(range(start, stop)), 100, chunk, threads)
    assert [i for span in spans for i in span] == list(range(100))
