"""The effective number of clusters, and midranks of values that are counted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata

from crossoracle.stats.clusters import effective_number
from crossoracle.stats.ranks import centred_midranks, cumulative, rank_squares


@pytest.mark.parametrize(
    ("sizes", "number"), [([1, 1, 1], 3), ([5, 5], 2), ([10, 1], 121 / 101), ([7], 1), ([3, 0, 3], 2)]
)
def test_effective_number(sizes, number):
    assert effective_number(np.array(sizes)) == pytest.approx(number)


def test_effective_number_of_nothing():
    assert np.isnan(effective_number(np.array([], dtype=int)))


def test_midranks_of_counted_values_are_those_of_the_list():
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 5, size=(6, 10))
    found = centred_midranks(counts.astype(float))
    for column in range(10):
        listed = np.repeat(np.arange(6), counts[:, column])
        ranks = rankdata(listed) - (len(listed) + 1) / 2
        for level in set(listed.tolist()):
            assert found[level, column] == ranks[listed == level][0]


@pytest.mark.parametrize("shape", [(1,), (7,), (7, 3)])
def test_squares_of_ranks_follow_from_the_margin(shape):
    margin = np.random.default_rng(2).random(shape) * 9
    ranks = centred_midranks(margin)
    assert rank_squares(margin) == pytest.approx((margin * ranks**2).sum(axis=0), abs=1e-12)
    assert (centred_midranks(margin, cumulative(margin)) == ranks).all()
